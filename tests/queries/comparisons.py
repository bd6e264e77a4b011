"""A comparison by a judge, whose pairs people may label; the console's tests plant one too."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace
from tests.conftest import START, Maker

from upspiral import ingest
from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.domain import AgentVersion, EvalReport, Example, ExampleKind, Interaction, Pair, Slice, Split
from upspiral.domain.ids import (
    AgentId,
    AgentVersionId,
    DatasetId,
    ExampleId,
    JudgeVersionId,
    PairId,
    ReportId,
)

AGENT, DATASET, REPORT = AgentId("support"), DatasetId("ds_1"), ReportId("rep_1")
NOTHING_COUNTED = Slice(
    name="all", n=0, wins=0, losses=0, candidate_rate=0, incumbent_rate=0, gain_low=0, gain_high=0
)


class Compared(Struct, frozen=True):
    """Which versions were compared on which cases, and what the candidate answered."""

    report: ReportId
    dataset: DatasetId
    candidate: AgentVersionId
    incumbent: AgentVersionId
    answer: str = "New answer {}."
    """What the candidate said, with a gap for the number of the case."""
    case: str = "ex_{}"
    """The id of a case, with a gap for its number."""


def plant_agent(app: App) -> AgentVersion:
    """Make the agent; give its live version."""
    model = ModelSpec("openai-compatible:m", url="http://127.0.0.1:9/v1")
    made = create_agent(app.runtime, app.workspace, AGENT, model=model, instructions="Help.")
    return app.runtime.store.agent_versions.get(app.workspace, made.live)


def plant_candidate(app: App, live: AgentVersion, **changed: object) -> AgentVersion:
    """Store a second version of the agent."""
    about = {"id": AgentVersionId("av_2"), "number": 2, "sha256": "c" * 64, **changed}
    made = replace(live, **about)
    app.runtime.store.agent_versions.add(made)
    return made


def plant_comparison(app: App, make: Maker, *, pairs: int = 4) -> list[Interaction]:
    """Record answers, and a comparison in which each was the incumbent's."""
    turns = [make.interaction(f"Question {n}?", f"Old answer {n}.") for n in range(pairs)]
    ingest.record_history(app.runtime, turns, [], workspace=app.workspace, remarks=[])
    plant_report(app, turns, Compared(REPORT, DATASET, AgentVersionId("av_2"), AgentVersionId("av_1")))
    return turns


def plant_report(app: App, turns: Sequence[Interaction], compared: Compared, **changed: object) -> EvalReport:
    """Store a comparison by a judge on answers that are recorded, and its cases.

    Args:
        app: An open app.
        turns: Each is a case, and its answer the incumbent's.
        compared: What is compared.
        **changed: Other fields of the report.
    """
    store = app.runtime.store
    for n, turn in enumerate(turns):
        store.examples.add(
            Example(
                id=ExampleId(compared.case.format(n)),
                workspace=app.workspace,
                dataset=compared.dataset,
                interaction=turn.id,
                conversation=turn.conversation,
                split=Split.HELDOUT,
                kind=ExampleKind.CORRECTION,
                messages=turn.messages,
                answer="",
            )
        )
    made = EvalReport(
        id=compared.report,
        workspace=app.workspace,
        agent=AGENT,
        candidate=compared.candidate,
        incumbent=compared.incumbent,
        dataset=compared.dataset,
        scorer="judge",
        at=START,
        overall=NOTHING_COUNTED,
        slices=(),
        void=0,
        pairs=tuple(_make_pair(n, turn, compared) for n, turn in enumerate(turns)),
        judge=JudgeVersionId("jv_1"),
    )
    made = replace(made, **changed)
    store.eval_reports.add(made)
    return made


def _make_pair(number: int, turn: Interaction, compared: Compared) -> Pair:
    return Pair(
        example=ExampleId(compared.case.format(number)),
        conversation=turn.conversation,
        slice="rest",
        candidate=0.9,
        incumbent=0.1,
        candidate_answer=compared.answer.format(number),
        incumbent_answer=turn.answer,
        key=PairId(f"pair_{number}"),
    )
