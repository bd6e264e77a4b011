"""Do recorded conversations of tool agents replay as they were, and is each planted fault caught?

`python benchmarks/replay.py TRACES` prints a Markdown table. TRACES is a file of trajectories, one JSON
object a line (`messages`), such as those of MINT-bench: a model that writes `<execute>` has its code run, one
that writes `<solution>` has it judged, and the next message of the user is what came of it.
"""

import argparse
import asyncio
import gzip
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from msgspec.structs import replace

from upspiral.curate.tool_messages import record_tool_messages
from upspiral.domain import (
    AgentVersion,
    Example,
    ExampleKind,
    Interaction,
    Message,
    RequestOptions,
    Split,
    ToolCall,
)
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    DatasetId,
    ExampleId,
    InteractionId,
    ModelVersionId,
)
from upspiral.domain.interaction import ToolDefinition
from upspiral.domain.message import CallPart, TextPart
from upspiral.evaluate.answer import answers
from upspiral.evaluate.replay import score_replay, start_replay
from upspiral.providers.base import ChatRequest, Completion
from upspiral.scorers import Exact
from upspiral.stats.proportions import wilson
from upspiral.wire.parts import make_message

START = datetime(2026, 1, 5, tzinfo=UTC)
ARGUMENTS = {"execute": "code", "solution": "answer"}
TOOLS = tuple(
    ToolDefinition(
        name=name,
        parameters={
            "type": "object",
            "properties": {argument: {"type": "string"}},
            "required": [argument],
            "additionalProperties": False,
        },
    )
    for name, argument in ARGUMENTS.items()
)
TAG = re.compile(r"<(execute|solution)>(.*?)(?:</\1>|\Z)", re.DOTALL)
Fault = Callable[[ToolCall, Random], ToolCall]
FAULTS: dict[str, Fault] = {
    "wrong tool": lambda call, _: replace(
        call, name="solution" if call.name == "execute" else "execute", arguments=call.arguments
    ),
    "unknown tool": lambda call, _: replace(call, name=f"{call.name}_all"),
    "invented argument": lambda call, rng: _change(call, lambda text: f"{text} # {rng.random():.3f}"),
    "argument of another type": lambda call, rng: _change(call, lambda _: rng.randrange(100)),
    "argument too many": lambda call, _: replace(call, arguments=call.arguments[:-1] + ', "dry_run": true}'),
    "argument missing": lambda call, _: replace(call, arguments="{}"),
    "no JSON": lambda call, _: replace(call, arguments=call.arguments[:-1]),
}


class Recorded:
    """A model that says again what it said, or does one of its calls otherwise."""

    name = "recorded"

    def __init__(self, said: Sequence[Completion]) -> None:
        self._said, self.asked = said, 0

    async def complete(self, request: ChatRequest, *, call_id: str | None = None) -> Completion:
        """Answer as it was recorded."""
        self.asked += 1
        return self._said[self.asked - 1]

    def stream(self, request: ChatRequest, *, call_id: str | None = None) -> AsyncIterator[bytes]:
        """Nothing streams here."""
        raise NotImplementedError


def main() -> None:
    """Replay every trace as it was, and with one fault of each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("traces", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    raw = given.traces.read_bytes()
    lines = (gzip.decompress(raw) if given.traces.suffix == ".gz" else raw).splitlines()
    cases = [read_case(json.loads(line)["messages"], n) for n, line in enumerate(lines)]
    calls = [sum(len(said.tool_calls) for said in _said(case)) for case in cases]
    print(f"{len(cases)} cases, {sum(map(bool, calls))} with calls, {sum(calls)} calls in them\n")
    print("| replayed | cases | right | 95 % interval |\n|---|---|---|---|")
    _print_row("as recorded", [_replay(case, _said(case)) for case in cases])
    rng, reasons = Random(given.seed), Counter[str]()
    for name, fault in FAULTS.items():
        found = [
            _replay(case, _plant(_said(case), fault, rng)) for case, n in zip(cases, calls, strict=True) if n
        ]
        _print_row(name, found)
        reasons.update(re.sub(r" (?:where|with|of) .*", "", reason, flags=re.DOTALL) for _, reason in found)
    print("\n" + ", ".join(f"{count} {reason}" for reason, count in reasons.most_common(12)))


def read_case(messages: Sequence[dict[str, str]], number: int) -> Example:
    """Make a case of a trajectory: what its tags hold are calls, and what came of them are results."""
    read = [_read_message(one, messages[n - 1] if n else None, n) for n, one in enumerate(messages)]
    if read[-1].role != "assistant":
        read.pop()
    *before, last = read
    interaction = Interaction(
        id=InteractionId(f"int_{number}"),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("mint"),
        at=START,
        messages=tuple(before),
        options=RequestOptions(tools=TOOLS),
        answer="" if last.parts else last.content,
        answer_parts=last.parts,
        tool_calls=_calls(last),
        model="m",
        conversation=f"c{number}",
    )
    return Example(
        id=ExampleId(f"ex_{number}"),
        workspace=DEFAULT_WORKSPACE,
        dataset=DatasetId("ds"),
        interaction=interaction.id,
        conversation=interaction.conversation,
        kind=ExampleKind.REPLAY,
        split=Split.HELDOUT,
        messages=interaction.messages,
        options=interaction.options,
        tool_messages=record_tool_messages(interaction),
        answer=interaction.answer,
    )


def _read_message(one: dict[str, str], before: dict[str, str] | None, place: int) -> Message:
    text = one["content"] or ""
    found = TAG.search(text)
    if one["role"] == "assistant" and found:
        arguments = json.dumps({ARGUMENTS[found[1]]: found[2]})
        words = [TextPart(text[: found.start()])] if text[: found.start()].strip() else []
        return make_message(
            "assistant", [*words, CallPart(name=found[1], arguments=arguments, id=f"call_{place}")]
        )
    if (
        one["role"] == "user"
        and before
        and before["role"] == "assistant"
        and TAG.search(before["content"] or "")
    ):
        return Message("tool", text, tool_call_id=f"call_{place - 1}")
    return Message(one["role"], text)


def _calls(message: Message) -> tuple[ToolCall, ...]:
    return tuple(
        ToolCall(name=part.name, arguments=part.arguments, id=part.id)
        for part in message.parts
        if isinstance(part, CallPart)
    )


def _said(case: Example) -> list[Completion]:
    """Give what the model said after the last message of a user, answer by answer."""
    start = len(start_replay(case).messages)
    after = [one for one in (*case.messages[start:], *case.tool_messages) if one.role == "assistant"]
    said = [Completion(answer="", model="m", tool_calls=_calls(one)) for one in after]
    return [*said, Completion(answer=case.answer, model="m")]


def _plant(said: Sequence[Completion], fault: Fault, rng: Random) -> list[Completion]:
    planted = list(said)
    place = rng.choice([n for n, one in enumerate(said) if one.tool_calls])
    calls = tuple(fault(call, rng) for call in said[place].tool_calls)
    planted[place] = replace(said[place], tool_calls=calls)
    return planted


def _change(call: ToolCall, change: Callable[[Any], Any]) -> ToolCall:
    given = {name: change(value) for name, value in json.loads(call.arguments).items()}
    return replace(call, arguments=json.dumps(given))


def _replay(case: Example, said: Sequence[Completion]) -> tuple[bool, str]:
    version = AgentVersion(
        id=AgentVersionId("ver"),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("mint"),
        number=1,
        at=START,
        model=ModelVersionId("m"),
        sha256="",
    )
    (replay,) = asyncio.run(answers(version, Recorded(said), [case], max_tokens=1, concurrency=1))
    if replay is None:
        raise AssertionError(case.id)
    scorer = Exact()
    score = score_replay(case, replay, scorer=scorer)
    return score.value >= scorer.success_at, score.reason


def _print_row(name: str, found: Sequence[tuple[bool, str]]) -> None:
    right, n = sum(good for good, _ in found), len(found)
    limits = wilson(right, n)
    print(f"| {name} | {n} | {right / n:.1%} | {limits.low:.1%} to {limits.high:.1%} |")


if __name__ == "__main__":
    main()
