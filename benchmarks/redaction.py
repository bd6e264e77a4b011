"""How long does redaction take? `python benchmarks/redaction.py` prints us a text and texts a second.

Each kind is 200 texts of about 1 kB, redacted one by one; the median of seven passes counts.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from statistics import median

from upspiral.capture.redaction import PatternRedactor
from upspiral.domain import Interaction, Message, ToolCall
from upspiral.domain.ids import AgentId, InteractionId, WorkspaceId

TEXTS = 200
PASSES = 7
WORDS = ("refund", "order", "invoice", "account", "latency", "token", "model", "answer", "because", "policy")


def clean(rng: Random) -> str:
    return " ".join(rng.choices(WORDS, k=150))[:1000]


def digits(rng: Random) -> str:
    facts = (
        f"order {rng.randrange(10**9)}",
        f"at 2026-0{rng.randrange(1, 10)}-1{rng.randrange(10)} 10:{rng.randrange(10, 60)}:00",
        f"version {rng.randrange(9)}.{rng.randrange(99)}.{rng.randrange(9)}",
        f"trace {rng.getrandbits(128):032x}",
        f"id 550e8400-e29b-41d4-a716-{rng.getrandbits(48):012x}",
        f"{rng.randrange(10**4)} of {rng.randrange(10**7)} rows took {rng.random():.6f} s",
        f"sums {rng.randrange(10**6)} {rng.randrange(10**6)} {rng.randrange(10**6)}",
    )
    return spread(rng, clean(rng)[:750], facts)


def one_of_each(rng: Random) -> str:
    mail = f"{rng.choice(WORDS)}.{rng.randrange(10**5)}@example.com"
    return spread(rng, clean(rng), (mail, f"+49 171 {rng.randrange(10**6, 10**7)}"))


def many(rng: Random) -> str:
    facts = [f"+1 415 555 {rng.randrange(2000, 10000)}" for _ in range(5)]
    facts += [f"{rng.choice(WORDS)}@example.com" for _ in range(5)]
    return spread(rng, clean(rng), (*facts, "4111 1111 1111 1111", "password=hunter2"))


def in_json(rng: Random) -> str:
    return json.dumps([{"role": "user", "content": part} for part in one_of_each(rng).split(" the ")])


def spread(rng: Random, text: str, facts: tuple[str, ...]) -> str:
    words = text.split()
    for fact in facts:
        words.insert(rng.randrange(len(words)), fact)
    return " ".join(words)


def interaction(rng: Random) -> Interaction:
    return Interaction(
        id=InteractionId("int_1"),
        workspace=WorkspaceId("main"),
        agent=AgentId("support"),
        at=datetime(2026, 1, 5, tzinfo=UTC),
        messages=(Message("system", clean(rng)), Message("user", clean(rng))),
        answer=clean(rng),
        model="base",
        conversation="c",
        tool_calls=(ToolCall(name="find", arguments='{"word": "refund"}', result="found"),),
        metadata={"task": "refund", "domain": "shop"},
    )


def timed(work: Callable[[], object]) -> float:
    """Give the microseconds that a text takes, the median of the passes."""
    work()
    seconds = []
    for _ in range(PASSES):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return median(seconds) / TEXTS * 1e6


def main() -> None:
    redactor = PatternRedactor(b"a key that only benchmarks may use")
    kinds: dict[str, Callable[[Random], str]] = {
        "clean": clean,
        "with digits": digits,
        "one e-mail, one phone": one_of_each,
        "the same as JSON": in_json,
        "five of each, a card, a password": many,
    }
    print(f"{'1 kB of text':34}{'us a text':>10}{'texts/s':>12}")
    for name, kind in kinds.items():
        texts = [kind(Random(number)) for number in range(TEXTS)]
        show(name, timed(lambda texts=texts: [redactor.text(text) for text in texts]))  # type: ignore[misc]
    interactions = [interaction(Random(number)) for number in range(TEXTS)]
    show("clean Interaction of 3 kB", timed(lambda: [redactor.interaction(each) for each in interactions]))


def show(name: str, micros: float) -> None:
    print(f"{name:34}{micros:>10.1f}{1e6 / micros:>12,.0f}")


if __name__ == "__main__":
    main()
