"""What does the turn after an answer look like? Numbers and hashed texts, of no language (pure)."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from upspiral.domain import Interaction, Message

MAX_CHARS = 500
"""Of a text the first and the last so many characters are read."""
HASHED_TEXTS = 2**12
"""Columns in which the pieces of all texts are counted."""
MAX_TURNS_AFTER = 5
"""More turns than these after an answer count as these."""
NUMBERS = 13
"""Columns of numbers."""


class FollowedTurn(Struct, frozen=True, kw_only=True):
    """An answer, and what came after it in the same conversation."""

    question: str
    answer: str
    reply: str
    """The text after the answer, up to the next one: by the user, or by tools."""
    next_answer: str
    seconds: float
    """From the answer to the next one."""
    turns_before: int
    turns_after: int
    """How many answers of the conversation came after this one."""
    tools: frozenset[str]
    next_tools: frozenset[str]
    tool_errors: int
    """Calls that failed before the next answer, or in it."""
    failed: bool
    """Did the next request end in an error?"""


def list_followed(conversation: Sequence[Interaction]) -> list[tuple[Interaction, FollowedTurn]]:
    """Give each turn of a conversation that another one follows, with what came after it.

    The last turn is not among them: silence says nothing.

    Args:
        conversation: All its turns, oldest first.
    """
    pairs = itertools.pairwise(conversation)
    return [
        (turn, _describe(turn, following, place, len(conversation)))
        for place, (turn, following) in enumerate(pairs)
    ]


def extract_reply(messages: Sequence[Message]) -> str:
    """Give the text since the last answer: everything behind the last message of the assistant.

    >>> extract_reply([Message("user", "Hi"), Message("assistant", "Hello"), Message("user", "And now?")])
    'And now?'
    """
    since: list[str] = []
    for message in reversed(messages):
        if message.role == "assistant":
            break
        if message.role not in ("system", "developer"):
            since.append(message.content)
    return "\n".join(reversed(since))


def _describe(turn: Interaction, following: Interaction, place: int, turns: int) -> FollowedTurn:
    calls = following.tool_calls
    return FollowedTurn(
        question=_cut(turn.question),
        answer=_cut(turn.answer),
        reply=_cut(extract_reply(following.messages)),
        next_answer=_cut(following.answer),
        seconds=max(0.0, (following.at - turn.at).total_seconds()),
        turns_before=place,
        turns_after=turns - place - 1,
        tools=frozenset(call.name for call in turn.tool_calls),
        next_tools=frozenset(call.name for call in calls),
        tool_errors=sum(call.error is not None for call in (*turn.tool_calls, *calls)),
        failed=following.error is not None,
    )


def _cut(text: str) -> str:
    return text if len(text) <= 2 * MAX_CHARS else f"{text[:MAX_CHARS]} {text[-MAX_CHARS:]}"


def to_matrix(turns: Sequence[FollowedTurn]) -> Any:
    """Give a sparse matrix of shape (turns, NUMBERS + HASHED_TEXTS): numbers, then pieces of the reply.

    Pieces are runs of two to four characters within words, so that no language is preferred; each row of
    them has length 1. Numbers are of the order of 1.
    """
    import scipy.sparse
    from sklearn.feature_extraction.text import HashingVectorizer

    hashing = HashingVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), n_features=HASHED_TEXTS, alternate_sign=False
    )
    names = ("question", "answer", "reply", "next_answer")
    hashed = {name: hashing.transform([getattr(turn, name) for turn in turns]) for name in names}

    def compare(first: str, second: str) -> NDArray[np.float64]:
        return np.asarray(hashed[first].multiply(hashed[second]).sum(axis=1)).ravel()

    alike = [compare("question", "reply"), compare("answer", "reply"), compare("answer", "next_answer")]
    numbers = np.column_stack([np.array([_count(turn) for turn in turns]).reshape(-1, NUMBERS - 3), *alike])
    return scipy.sparse.hstack([scipy.sparse.csr_matrix(numbers), hashed["reply"]], format="csr")


def _count(turn: FollowedTurn) -> tuple[float, ...]:
    asked, answered = len(turn.question), len(turn.reply)
    return (
        math.log1p(answered) / 5,
        math.log1p(len(turn.answer)) / 5,
        math.log((answered + 1) / (asked + 1)) / 3,
        math.log1p(turn.seconds) / 5,
        min(turn.turns_before, MAX_TURNS_AFTER) / 3,
        min(turn.turns_after, MAX_TURNS_AFTER) / 3,
        float(turn.turns_after == 1),
        float(bool(turn.tools & turn.next_tools)),
        math.log1p(turn.tool_errors),
        float(turn.failed),
    )
