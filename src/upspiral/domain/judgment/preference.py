"""What can be said of two answers, who says it, and by what is the pair found again?"""

from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import JudgeVersionId, PairId, derive


class Preferred(StrEnum):
    """Which of two answers is the better one; nothing else can be said."""

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"

    @property
    def points(self) -> float:
        """Give 1 for the first, -1 for the second and 0 for a tie."""
        return {"first": 1.0, "second": -1.0, "tie": 0.0}[self.value]


class JudgeVersion(Struct, frozen=True, kw_only=True):
    """Who judged: everything that changes a verdict. Verdicts of two versions are never compared."""

    id: JudgeVersionId
    """Derived from all the rest."""
    judge: str
    """The name of the plug-in."""
    model: str
    prompt: str
    """What the model is told, with gaps for the texts."""
    settings: dict[str, str] = {}

    @staticmethod
    def describe(judge: str, model: str, prompt: str, **settings: str) -> "JudgeVersion":
        """Give the version of these parts.

        >>> a = JudgeVersion.describe("model", "m", "Which is better?", rubric="short")
        >>> a.id == JudgeVersion.describe("model", "m", "Which is better?", rubric="long").id
        False
        """
        parts = [text for name in sorted(settings) for text in (name, settings[name])]
        ident = JudgeVersionId(derive("jdg", judge, model, prompt, *parts))
        return JudgeVersion(id=ident, judge=judge, model=model, prompt=prompt, settings=settings)


def pair_id(question: str, candidate: str, incumbent: str) -> PairId:
    """Name a pair by its texts, so that verdicts and labels of the same pair find each other.

    >>> pair_id("Why?", "So.", "Because.") == pair_id("Why?", "Because.", "So.")
    False
    """
    return PairId(derive("pair", question, candidate, incumbent))
