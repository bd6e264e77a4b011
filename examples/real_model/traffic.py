"""Who asks what, and who says what about the answers? Real questions, and people who are sometimes wrong.

Feedback is scarce: unless told otherwise people say something about three answers in ten, on three quarters
of the intents and never on the others, and one time in ten what they say is wrong.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CORRECTED_INTENTS = 0.75


@dataclass(frozen=True)
class RealQuestion:
    """A real customer's question and what it is about."""

    asked: str
    intent: str


@dataclass(frozen=True)
class Size:
    """How much of the file is used, and how much people say."""

    intents: int = 12
    """How many intents there are; all of the file where it has fewer."""
    asked: int = 50
    """So many questions of each are asked before the night."""
    tests: int = 8
    """So many of each intent's test questions are asked."""
    fixed: int = 5
    """So many examples, each of another intent, stand in the application's own prompt."""
    speaks: float = 0.3
    """About so many answers people say something, 0 to 1."""
    mistaken: float = 0.1
    """So much of what they say is wrong, 0 to 1."""


@dataclass(frozen=True)
class Traffic:
    """The questions of one run; no question is in two parts."""

    fixed: Sequence[RealQuestion]
    """Nobody asks these: they stand in the application's own prompt, with their right answers."""
    day: Sequence[RealQuestion]
    """Asked before the night."""
    later: Sequence[RealQuestion]
    """Asked while a canary is out."""
    test: Sequence[RealQuestion]
    """Of the test split; asked when the night is over, and given to no memory."""
    corrected: frozenset[str]
    """The intents on which people say anything."""
    size: Size
    """What was asked for."""

    @property
    def intents(self) -> list[str]:
        """Every intent, in the order of the alphabet."""
        return sorted({one.intent for one in self.test})

    @property
    def truth(self) -> dict[str, str]:
        """The intent of every question."""
        return {
            one.asked: one.intent for part in (self.fixed, self.day, self.later, self.test) for one in part
        }


def read_traffic(path: Path, size: Size, *, seed: int) -> Traffic:
    """Draw the questions of a run.

    Args:
        path: JSON lines with `question`, `answer` (the intent) and `split` (train or test).
        size: How much of the file is used.
        seed: Draws the intents, the questions and who is corrected.
    """
    rows = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    rng = random.Random(seed)
    names = sorted({row["answer"] for row in rows})
    chosen = rng.sample(names, min(size.intents, len(names)))
    fixed: list[RealQuestion] = []
    day: list[RealQuestion] = []
    later: list[RealQuestion] = []
    test: list[RealQuestion] = []
    for name in chosen:
        texts = {
            split: sorted({r["question"] for r in rows if (r["answer"], r["split"]) == (name, split)})
            for split in ("train", "test")
        }
        mine = [RealQuestion(text, name) for text in texts["train"] if text not in texts["test"]]
        rng.shuffle(mine)
        fixed += [mine.pop()] if len(fixed) < size.fixed else []
        day, later = day + mine[: size.asked], later + mine[size.asked :]
        kept = rng.sample(texts["test"], min(size.tests, len(texts["test"])))
        test += [RealQuestion(text, name) for text in kept]
    rng.shuffle(day)
    rng.shuffle(later)
    corrected = frozenset(chosen[: round(CORRECTED_INTENTS * len(chosen))])
    return Traffic(fixed=fixed, day=day, later=later, test=test, corrected=corrected, size=size)


def give_feedback(
    traffic: Traffic, question: RealQuestion, *, right: bool, rng: random.Random
) -> dict[str, str] | None:
    """Say what a person says about an answer: mostly nothing, else a thumb up or what should have been said.

    Who is mistaken corrects to another intent, whatever the answer was.
    """
    if question.intent not in traffic.corrected or rng.random() > traffic.size.speaks:
        return None
    if rng.random() < traffic.size.mistaken:
        return {"correction": rng.choice([one for one in traffic.intents if one != question.intent])}
    return {"thumbs": "up"} if right else {"correction": question.intent}
