"""How often does a memory show the right answer, and how long does it take to search it?

`python benchmarks/memory.py QUESTIONS.jsonl` prints two Markdown tables. The file holds one JSON object a
line with `question`, `answer` (its intent) and `split` (`train` or `test`), as of BANKING77. The first table
says for how many test questions the right intent is among what is shown, by how many verified answers of each
intent are remembered and how many of them are wrong; the second what a search costs at a number of rows, made
of the words of the questions.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from upspiral.analyze.memory_index import MemoryIndex
from upspiral.analyze.similarity_index import Embedder
from upspiral.domain import AgentVersion, ExampleKind, Message
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    InteractionId,
    MemoryId,
    MemoryItemId,
    ModelVersionId,
)
from upspiral.domain.prompting import Memory, MemoryItem, write_prompt
from upspiral.domain.prompting.memory import freeze_memory
from upspiral.projections import MemoryPool
from upspiral.stats.proportions import wilson
from upspiral.store import Store

START = datetime(2026, 1, 5, tzinfo=UTC)


class Asked(NamedTuple):
    """A question with its intent."""

    question: str
    intent: str


def read(path: Path) -> tuple[list[Asked], list[Asked]]:
    """Read the questions to remember and those to test."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    parts: dict[str, list[Asked]] = defaultdict(list)
    for row in rows:
        parts[row["split"]].append(Asked(row["question"], row["answer"]))
    return parts["train"], parts["test"]


def freeze(pairs: Sequence[Asked], *, shown: int) -> tuple[Memory, tuple[MemoryItem, ...]]:
    """Freeze questions with their intents as a memory."""
    empty = Memory(
        id=MemoryId(""),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("bank"),
        at=START,
        sha256="",
        size=0,
        max_shown=shown,
    )
    items = [
        MemoryItem(
            id=MemoryItemId(""),
            workspace=DEFAULT_WORKSPACE,
            memory=empty.id,
            interaction=InteractionId(f"int_{n:07}"),
            conversation=f"c{n}",
            question=one.question,
            answer=one.intent,
            kind=ExampleKind.CORRECTION,
        )
        for n, one in enumerate(pairs)
    ]
    return freeze_memory(empty, items)


def draw(train: Sequence[Asked], each: int, *, wrong: float, rng: Random) -> list[Asked]:
    """Draw so many questions of each intent, a share of them with the intent of another."""
    by_intent: dict[str, list[str]] = defaultdict(list)
    for one in train:
        by_intent[one.intent].append(one.question)
    intents = sorted(by_intent)
    drawn = [
        Asked(question, intent)
        for intent in intents
        for question in rng.sample(by_intent[intent], min(each, len(by_intent[intent])))
    ]
    spoiled = set(rng.sample(range(len(drawn)), round(wrong * len(drawn))))
    return [
        Asked(one.question, rng.choice([name for name in intents if name != one.intent]))
        if n in spoiled
        else one
        for n, one in enumerate(drawn)
    ]


def measure_recall(
    train: Sequence[Asked], test: Sequence[Asked], each: int, *, wrong: float, shown: int, seeds: int
) -> str:
    """Give one row of the first table."""
    among = nearest = fixed = 0
    for seed in range(seeds):
        rng = Random(seed)
        drawn = draw(train, each, wrong=wrong, rng=rng)
        index, always = (
            MemoryIndex(*freeze(drawn, shown=shown)),
            {one.intent for one in rng.sample(drawn, shown)},
        )
        for one in test:
            found = [item.answer for item in index.retrieve(one.question)]
            among += one.intent in found
            nearest += found[-1:] == [one.intent]
            fixed += one.intent in always
    n = seeds * len(test)
    chance = wilson(among // seeds, len(test))
    return (
        f"| {each} | {wrong:.0%} | {among / n:.1%} ({chance.low:.1%} to {chance.high:.1%})"
        f" | {nearest / n:.1%} | {fixed / n:.1%} |"
    )


def mix(train: Sequence[Asked], rows: int, rng: Random) -> list[Asked]:
    """Make questions of halves of two others and a number, so many."""
    texts = [one.question.split() for one in train]
    made = []
    for n in range(rows):
        first, second = rng.choice(texts), rng.choice(texts)
        words = [*first[: len(first) * 2 // 3], *second[: len(second) // 2], str(rng.randrange(100_000))]
        made.append(Asked(" ".join(words), str(n)))
    return made


def measure_time(train: Sequence[Asked], test: Sequence[Asked], rows: int, *, searches: int) -> str:
    """Give one row of the second table: through a store, as the gateway does it."""
    memory, items = freeze(mix(train, rows, Random(0)), shown=5)
    version = AgentVersion(
        id=AgentVersionId("av"),
        workspace=DEFAULT_WORKSPACE,
        agent=memory.agent,
        number=1,
        at=START,
        model=ModelVersionId("mv"),
        sha256="",
        memory=memory.id,
    )
    with TemporaryDirectory() as folder, Store(f"{folder}/memory.db") as store:
        store.upgrade()
        store.memories.add(memory)
        store.memory_items.insert_ignore(*items)
        pool = MemoryPool(store, ask_nobody)
        started = time.perf_counter()
        pool.recall(version, "warm up")
        loaded = time.perf_counter() - started
        took, used = [], []
        for one in Random(1).choices(test, k=searches):
            messages = (Message("user", one.question),)
            wall, own = time.perf_counter(), time.thread_time()
            write_prompt(version, messages, pool.recall).put_before(messages)
            took.append((time.perf_counter() - wall) * 1000)
            used.append((time.thread_time() - own) * 1000)
    figures = [*np.percentile(took, [50, 99]), *np.percentile(used, [10, 50, 99])]
    return f"| {rows:,} | {loaded:.1f} | " + " | ".join(f"{one:.2f}" for one in figures) + " |"


def ask_nobody(by: str) -> Embedder:
    """Give no embedder: these memories are compared by letters and words."""
    raise AssertionError(by)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--each", type=int, nargs="*", default=[5, 10, 20])
    parser.add_argument("--wrong", type=float, nargs="*", default=[0.0, 0.1, 0.2])
    parser.add_argument("--shown", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--searches", type=int, default=500)
    chosen = parser.parse_args()
    train, test = read(chosen.questions)
    print(f"{len({one.intent for one in test})} intents, {len(test)} test questions, {chosen.shown} shown.\n")
    print(
        "| answers an intent | wrong | right one among them (95 %) | it is the nearest | among fixed ones |"
    )
    print("|---:|---:|---:|---:|---:|")
    for each in chosen.each:
        for wrong in chosen.wrong:
            knobs = {"wrong": wrong, "shown": chosen.shown, "seeds": chosen.seeds}
            print(measure_recall(train, test, each, **knobs), flush=True)
    print("\n| rows | loaded in s | p50 ms | p99 ms | p10 ms of CPU | p50 | p99 |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for rows in chosen.rows:
        print(measure_time(train, test, rows, searches=chosen.searches), flush=True)


if __name__ == "__main__":
    main()
