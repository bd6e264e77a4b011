"""By how much do the counts grow? From what is new and what changed, never from history (pure)."""

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import TypeVar

import msgspec

from upspiral.domain import Interaction, Outcome, Status
from upspiral.domain.ids import InteractionId
from upspiral.domain.rollup import Rollup, ToolRollup, day_of

R = TypeVar("R", Rollup, ToolRollup)
SUCCESS = {None: 0, Status.UNKNOWN: 0, Status.SUCCESS: 1, Status.FAILURE: 0}
FAILURE = {None: 0, Status.UNKNOWN: 0, Status.SUCCESS: 0, Status.FAILURE: 1}


def of_new(
    interactions: Iterable[Interaction], outcomes: Mapping[InteractionId, Outcome]
) -> tuple[list[Rollup], list[ToolRollup]]:
    """Count Interactions that were not there before, with the Outcomes that they have at once."""
    grown: dict[tuple[str, ...], Rollup] = {}
    tools: dict[tuple[str, ...], ToolRollup] = {}
    for one in interactions:
        outcome = outcomes.get(one.id)
        status = outcome.status if outcome else None
        add_to(
            grown,
            msgspec.structs.replace(
                _empty(one),
                n=1,
                successes=SUCCESS[status],
                failures=FAILURE[status],
                errors=int(one.error is not None),
                latency_ms=one.latency_ms,
                input_tokens=one.usage.input_tokens,
                output_tokens=one.usage.output_tokens,
                cost=one.usage.cost,
            ),
        )
        for tool in sorted({call.name for call in one.tool_calls}):
            add_to(tools, _tool(one, tool, status))
    return list(grown.values()), list(tools.values())


def of_changes(
    interactions: Iterable[Interaction],
    before: Mapping[InteractionId, Outcome],
    after: Mapping[InteractionId, Outcome],
) -> tuple[list[Rollup], list[ToolRollup]]:
    """Count by how much new Outcomes change what was counted."""
    grown: dict[tuple[str, ...], Rollup] = {}
    tools: dict[tuple[str, ...], ToolRollup] = {}
    for one in interactions:
        old = before[one.id].status if one.id in before else None
        new = after[one.id].status
        good, bad = SUCCESS[new] - SUCCESS[old], FAILURE[new] - FAILURE[old]
        if not (good or bad):
            continue
        add_to(grown, msgspec.structs.replace(_empty(one), successes=good, failures=bad))
        for tool in sorted({call.name for call in one.tool_calls}):
            empty = _tool_empty(one, tool)
            add_to(tools, msgspec.structs.replace(empty, successes=good, failures=bad))
    return list(grown.values()), list(tools.values())


def _empty(one: Interaction) -> Rollup:
    return Rollup(
        workspace=one.workspace,
        day=day_of(one.at.astimezone(UTC)),
        agent=one.agent,
        model=one.model,
        version=one.version or "",
        task=one.metadata.get("task") or one.metadata.get("domain") or "",
    )


def _tool_empty(one: Interaction, tool: str) -> ToolRollup:
    day = day_of(one.at.astimezone(UTC))
    return ToolRollup(workspace=one.workspace, day=day, agent=one.agent, tool=tool)


def _tool(one: Interaction, tool: str, status: Status | None) -> ToolRollup:
    calls = [call for call in one.tool_calls if call.name == tool]
    return msgspec.structs.replace(
        _tool_empty(one, tool),
        calls=len(calls),
        errors=sum(call.error is not None for call in calls),
        n=1,
        successes=SUCCESS[status],
        failures=FAILURE[status],
    )


def add_to(sums: dict[tuple[str, ...], R], one: R) -> None:
    """Add one count to the sum of its kind."""
    names = one.__struct_fields__
    key = tuple(str(getattr(one, name)) for name in names if isinstance(getattr(one, name), str))
    known = sums.get(key)
    if known is None:
        sums[key] = one
        return
    grown = {
        name: getattr(known, name) + getattr(one, name)
        for name in names
        if not isinstance(getattr(one, name), str)
    }
    sums[key] = msgspec.structs.replace(known, **grown)
