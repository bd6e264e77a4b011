"""How many real test questions are answered rightly, and how sure is that? Every share has its interval."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from openai import OpenAI

from traffic import RealQuestion
from upspiral.analyze.memory_index import MemoryIndex
from upspiral.domain import ExampleKind
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    DatasetId,
    InteractionId,
    MemoryId,
    MemoryItemId,
)
from upspiral.domain.prompting import Memory, MemoryItem
from upspiral.scorers.match import Exact
from upspiral.stats.paired import gain_interval
from upspiral.stats.proportions import wilson

AT_ONCE = 8
MAX_RETRIES = 10
"""On a busy machine an answer may take longer than a gateway waits: then it is asked for again."""
SHOWN = 5
MAX_SHOWN_TOKENS = 2000
Pairs = Sequence[tuple[str, str]]
Show = Callable[[str], Pairs]
"""Gives the examples that stand before a question."""


def ask_model(
    url: str, *, key: str, model: str, instructions: str, show: Show = lambda _asked: (), max_tokens: int = 10
) -> Callable[[str], str]:
    """Make what asks an OpenAI-compatible endpoint, greedily.

    Args:
        url: Its base URL.
        key: Of the caller.
        model: What goes into `model`.
        instructions: The system message; none where empty.
        show: Gives the examples.
        max_tokens: Longest answer.
    """
    client = OpenAI(base_url=url, api_key=key, timeout=600, max_retries=MAX_RETRIES)

    def ask(asked: str) -> str:
        said = [{"role": "system", "content": instructions}] if instructions else []
        for question, answer in show(asked):
            said += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        said.append({"role": "user", "content": asked})
        found = client.chat.completions.create(model=model, messages=said, max_tokens=max_tokens)  # type: ignore[arg-type]
        return found.choices[0].message.content or ""

    return ask


def is_right(question: RealQuestion, answer: str) -> bool:
    """Whether an answer is the intent, word for word; case and punctuation do not count."""
    return Exact().score(question.asked, answer, question.intent).value == 1


def mark_answers(ask: Callable[[str], str], test: Sequence[RealQuestion]) -> list[bool]:
    """Ask every test question; say which were answered rightly."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        said = list(pool.map(ask, [question.asked for question in test]))
    return [is_right(question, answer) for question, answer in zip(test, said, strict=True)]


def remember(questions: Sequence[RealQuestion], per_intent: int) -> Show:
    """Make a memory of so many right answers of each intent; it gives those most alike, the best last."""
    count: dict[str, int] = {}
    items: list[MemoryItem] = []
    for number, one in enumerate(questions):
        count[one.intent] = count.get(one.intent, 0) + 1
        if count[one.intent] <= per_intent:
            items.append(_to_item(one, number))
    index = MemoryIndex(_describe(len(items)), items)

    def show(asked: str) -> Pairs:
        return [(item.question, item.answer) for item in index.retrieve(asked)]

    return show


def describe_share(right: Sequence[bool]) -> str:
    """Say a share with its 95 % interval.

    >>> describe_share([True] * 48 + [False] * 52)
    '48.0 % (38.5 to 57.7) of 100'
    """
    limits = wilson(sum(right), len(right))
    share = sum(right) / max(1, len(right))
    return f"{100 * share:.1f} % ({100 * limits.low:.1f} to {100 * limits.high:.1f}) of {len(right)}"


def compare_marks(before: Sequence[bool], after: Sequence[bool]) -> Mapping[str, float]:
    """Compare two marks of the same questions: the gain with its 95 % interval, and what was forgotten.

    >>> compare_marks([True, False, False], [False, True, True])["forgotten"]
    1
    """
    wins = sum(new and not old for old, new in zip(before, after, strict=True))
    losses = sum(old and not new for old, new in zip(before, after, strict=True))
    limits = gain_interval(wins, losses, len(after))
    gain = (wins - losses) / max(1, len(after))
    return {"gain": gain, "low": limits.low, "high": limits.high, "won": wins, "forgotten": losses}


def _to_item(question: RealQuestion, number: int) -> MemoryItem:
    return MemoryItem(
        id=MemoryItemId(f"item-{number}"),
        workspace=DEFAULT_WORKSPACE,
        memory=MemoryId("curve"),
        interaction=InteractionId(f"int-{number}"),
        conversation=f"conv-{number}",
        end_user=None,
        question=question.asked,
        answer=question.intent,
        kind=ExampleKind.CORRECTION,
        source="user",
    )


def _describe(size: int) -> Memory:
    return Memory(
        id=MemoryId("curve"),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("curve"),
        at=datetime.now(UTC),
        sha256="",
        size=size,
        dataset=DatasetId("curve"),
        by="text",
        max_shown=SHOWN,
        max_tokens=MAX_SHOWN_TOKENS,
        dropped={},
    )
