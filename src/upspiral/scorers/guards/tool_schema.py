"""Does an answer call its tools as the request defines them? (pure)."""

from collections.abc import Sequence

from upspiral.domain import Score, ToolCall
from upspiral.domain.evaluation import SUCCESS_AT
from upspiral.domain.interaction import ToolDefinition
from upspiral.plugin_kinds import SCORER
from upspiral.scorers.call_schema import find_schema_fault


@SCORER.register("tool-schema")
class ToolSchemaGuard:
    """Right unless an answer calls a tool that there is not, or with arguments that break its JSON schema.

    Which tool should be called, and with which values, it does not know: that is what scores are for.

    >>> book = ToolDefinition(name="book", parameters={"properties": {"nights": {"minimum": 1}}})
    >>> ToolSchemaGuard().check_calls([ToolCall(name="book", arguments='{"nights": 0}')], [book]).reason
    'book called with nights against its schema: 0 is less than the minimum of 1'
    """

    name = "tool-schema"
    compares = False

    def __init__(self, success_at: float = SUCCESS_AT) -> None:
        self.success_at = success_at

    def score(self, question: str, reference: str, answer: str) -> Score:
        """Measure an answer; see `Scorer`. Words call no tool, so they are always right."""
        return Score(1.0, "its words call no tool")

    def check_calls(self, calls: Sequence[ToolCall], tools: Sequence[ToolDefinition]) -> Score:
        """Measure the calls of an answer; see `CallGuard`."""
        faults = (find_schema_fault(call, tools) for call in calls)
        fault = next(filter(None, faults), None)
        return Score(1.0, "its calls keep to their definitions") if fault is None else Score(0.0, fault)
