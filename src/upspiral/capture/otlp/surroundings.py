"""What does a model call learn from the spans around it?"""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from upspiral.capture.otlp.steps import SpanStep

Key = tuple[str, str]
"""Trace and span."""
INHERITED = ("agent", "conversation", "end_user", "task")
"""Fields that frameworks write on the agent's span alone."""
RUN_NAME = "run_name"
"""A name that every step of a trace has of its own, of which the outermost is the agent's."""
STATED_ONCE = ("recommendation", "confidence")
"""Fields of a span around several model calls that are about the answer of the last one."""
MAX_DEPTH = 100
"""Spans around a call that are looked at."""


def inherit(steps: Mapping[Key, SpanStep]) -> dict[Key, SpanStep]:
    """Give each model call what the nearest span around it says of agent, conversation and user.

    What a span says of a recommendation goes to the last model call within it.
    """
    learned = {key: _inherit(step, steps) if step.kind is None else step for key, step in steps.items()}
    if any(field in step.found for step in steps.values() for field in STATED_ONCE):
        _give_to_last_call(learned)
    return learned


def _give_to_last_call(steps: dict[Key, SpanStep]) -> None:
    last: dict[Key, Key] = {}
    calls = [(key, step) for key, step in steps.items() if step.kind is None]
    for key, step in sorted(calls, key=lambda one: one[1].raw.start):
        around = (one for one in _walk_up(step, steps) if STATED_ONCE[0] in one.found)
        if STATED_ONCE[0] not in step.found and (named := next(around, None)):
            last[named.raw.trace, named.raw.span] = key
    for named_key, key in last.items():
        found = steps[named_key].found
        stated = {field: found[field] for field in STATED_ONCE if field in found}
        steps[key] = replace(steps[key], found={**steps[key].found, **stated})


def _inherit(step: SpanStep, steps: Mapping[Key, SpanStep]) -> SpanStep:
    outermost = step.found.get(RUN_NAME)
    if outermost is None and (step.raw.trace, step.raw.parent or "") not in steps:
        return step  # nothing of what is around it came with it
    missing = {field for field in INHERITED if field not in step.found}
    learned = {}
    for around in _walk_up(step, steps):
        outermost = around.found.get(RUN_NAME, outermost)
        for field in missing & around.found.keys():
            learned[field] = around.found[field]
            missing.discard(field)
        if not missing:
            break
    if outermost and "agent" in missing:
        learned["agent"] = outermost
    return replace(step, found={**step.found, **learned}) if learned else step


def _walk_up(step: SpanStep, steps: Mapping[Key, SpanStep]) -> Iterator[SpanStep]:
    for _ in range(MAX_DEPTH):
        found = steps.get((step.raw.trace, step.raw.parent or ""))
        if found is None:
            return
        yield found
        step = found
