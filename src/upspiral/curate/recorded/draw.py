"""Which turns of recorded conversations become cases? Drawn by hash, whatever came of them (pure).

A recorded answer stands for the version that gave it only where the case was drawn without a look at its
outcome. Of answers that vary each time, those that failed are worse than what the version answers when it is
asked again: a candidate that is the very same would win on them. So every conversation of a side is a case,
rated or not, and its turn is drawn by hash.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from upspiral.curate.deduplicate import normalise_question
from upspiral.curate.select import Case
from upspiral.curate.tool_messages import ends_in_call
from upspiral.domain import ExampleKind, Interaction, Kind
from upspiral.domain.dataset import RecordedAnswer
from upspiral.domain.ids import AgentVersionId, InteractionId

DRAWN_PER_CASE = 8
"""Conversations drawn for each case that is wanted: most lie on another side, or ask the same question."""


def draw_recorded(
    interactions: Iterable[Interaction],
    *,
    live: AgentVersionId | None,
    limit: int,
    slices: Mapping[InteractionId, str],
) -> list[Case]:
    """Draw one turn of each conversation, each question once.

    Left out are turns with tools, of which it is known only what the calls of the version gave that answered;
    those without an answer, and those that may not be used to teach. Where another version answered, or it is
    not known which, the case has no recorded answer, and the incumbent is asked.

    Args:
        interactions: Those of the window.
        live: The incumbent.
        limit: Cases that are wanted; several times as many are drawn.
        slices: Under which name each is reported.
    """
    turns: dict[str, list[Interaction]] = defaultdict(list)
    for one in interactions:
        if can_compare(one):
            turns[one.conversation].append(one)
    drawn = [min(members, key=lambda one: _hash(one.id)) for members in turns.values()]
    drawn.sort(key=lambda one: _hash(one.id))
    questions: dict[str, Interaction] = {}
    for one in drawn[: DRAWN_PER_CASE * limit]:
        questions.setdefault(normalise_question(one.messages), one)
    return [_to_case(one, live=live, slices=slices) for one in questions.values()]


def can_compare(one: Interaction, *, with_tools: bool = False) -> bool:
    """Say whether another answer to a recorded request can be held against the recorded one.

    Args:
        one: What was asked and answered.
        with_tools: May it have had tools that were not called? Not where a version is asked again later.
    """
    has_text = one.question.strip() and one.answer.strip()
    tools = one.options is not None and bool(one.options.tools) and not with_tools
    calls = one.tool_calls or ends_in_call(one) or tools
    return (
        bool(has_text and one.trainable and not one.error and not calls)
        and one.kind is not Kind.RECOMMENDATION
    )


def merge_drawn(verified: Sequence[Case], rest: Sequence[Case], drawn: Sequence[Case]) -> list[Case]:
    """Put drawn cases and verified ones together, one of each conversation: the drawn one.

    Args:
        verified: All cases of the side of which it is known what should be answered. A drawn turn that is one
            of them is that case, with its recorded answer.
        rest: Those that are cases where their conversation was not drawn.
        drawn: Of the side.
    """
    known = {case.interaction.id: case for case in verified}
    talks = {case.interaction.conversation for case in drawn}
    questions = {normalise_question(case.interaction.messages) for case in drawn}
    merged = [replace(known.get(one.interaction.id, one), recorded=one.recorded) for one in drawn]
    others = [
        case
        for case in rest
        if case.interaction.conversation not in talks
        and normalise_question(case.interaction.messages) not in questions
    ]
    return [*merged, *others]


def _to_case(one: Interaction, *, live: AgentVersionId | None, slices: Mapping[InteractionId, str]) -> Case:
    own = one.version is not None and one.version == live
    return Case(
        interaction=one,
        slice=slices.get(one.id, "rest"),
        kind=ExampleKind.RECORDED,
        source=str(one.version or one.model),
        recorded=RecordedAnswer(one.version, one.answer) if own and one.version else None,
    )


def _hash(ident: str) -> bytes:
    return hashlib.sha256(f"recorded\x1f{ident}".encode()).digest()
