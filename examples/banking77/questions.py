"""Which real questions are there, and who may see which? BANKING77, Casanueva et al. 2020, CC BY 4.0."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TAUGHT = 0.6
"""Share of the known half's training questions that the model is pre-trained on; nobody asks them again."""
LATER = 0.3
"""Share of the others that are kept for the days after the night."""


@dataclass(frozen=True)
class Question:
    """A real customer's question and what it is about."""

    asked: str
    intent: str
    known: bool
    """Is it of the half of the intents that the model was pre-trained on?"""


@dataclass(frozen=True)
class Questions:
    """The questions of one run; no question is in two parts."""

    taught: Sequence[Question]
    """The model is pre-trained on these."""
    day: Sequence[Question]
    """Asked before the night."""
    canary: Sequence[Question]
    """Asked while a canary is out."""
    test: Sequence[Question]
    """Never seen by the product: the data set's own test split."""


def read(path: Path, seed: int) -> Questions:
    """Read the questions and draw which half of the intents is known.

    Args:
        path: JSON lines with `question`, `answer` and `split` (train or test).
        seed: Draws the halves and who asks when.
    """
    rows = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    intents = sorted({row["answer"] for row in rows})
    rng = random.Random(seed)
    known = set(rng.sample(intents, len(intents) // 2))
    questions = [(Question(r["question"], r["answer"], r["answer"] in known), r["split"]) for r in rows]
    train = [question for question, split in questions if split == "train"]
    rng.shuffle(train)
    of_known = [question for question in train if question.known]
    taught = of_known[: round(TAUGHT * len(of_known))]
    asked = [question for question in train if question not in set(taught)]
    first = round((1 - LATER) * len(asked))
    test = [question for question, split in questions if split == "test"]
    return Questions(taught=taught, day=asked[:first], canary=asked[first:], test=test)
