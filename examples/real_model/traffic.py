"""Who asks what, and who says what about the answers? Real questions, and people who are sometimes wrong.

Feedback is scarce: people say something about three answers in ten, on three quarters of the intents and
never on the others, and one time in ten what they say is wrong.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SPEAKS, MISTAKEN, CORRECTED_INTENTS = 0.3, 0.1, 0.75


@dataclass(frozen=True)
class RealQuestion:
    """A real customer's question and what it is about."""

    asked: str
    intent: str


@dataclass(frozen=True)
class Traffic:
    """The questions of one run; no question is in two parts."""

    day: Sequence[RealQuestion]
    """Asked before the night."""
    later: Sequence[RealQuestion]
    """Asked while a canary is out."""
    test: Sequence[RealQuestion]
    """Of the test split; asked when the night is over, and given to no memory."""
    corrected: frozenset[str]
    """The intents on which people say anything."""

    @property
    def intents(self) -> list[str]:
        """Every intent, in the order of the alphabet."""
        return sorted({one.intent for one in self.test})


def read_traffic(path: Path, *, intents: int, asked: int, tests: int, seed: int) -> Traffic:
    """Draw the questions of a run.

    Args:
        path: JSON lines with `question`, `answer` (the intent) and `split` (train or test).
        intents: How many intents there are; all of the file where it has fewer.
        asked: So many questions of each are asked before the night.
        tests: So many of each intent's test questions are asked.
        seed: Draws the intents, the questions and who is corrected.
    """
    rows = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    rng = random.Random(seed)
    names = sorted({row["answer"] for row in rows})
    chosen = rng.sample(names, min(intents, len(names)))
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
        day, later = day + mine[:asked], later + mine[asked:]
        kept = rng.sample(texts["test"], min(tests, len(texts["test"])))
        test += [RealQuestion(text, name) for text in kept]
    rng.shuffle(day)
    rng.shuffle(later)
    corrected = frozenset(chosen[: round(CORRECTED_INTENTS * len(chosen))])
    return Traffic(day=day, later=later, test=test, corrected=corrected)


def give_feedback(
    traffic: Traffic, question: RealQuestion, *, right: bool, rng: random.Random
) -> dict[str, str] | None:
    """Say what a person says about an answer: mostly nothing, else a thumb up or what should have been said.

    Who is mistaken corrects to another intent, whatever the answer was.
    """
    if question.intent not in traffic.corrected or rng.random() > SPEAKS:
        return None
    if rng.random() < MISTAKEN:
        return {"correction": rng.choice([one for one in traffic.intents if one != question.intent])}
    return {"thumbs": "up"} if right else {"correction": question.intent}
