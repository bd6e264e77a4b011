"""What can be done about a weakness, and what it should bring."""

from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import InteractionId, PatternId


class Remedy(StrEnum):
    """What can be done about a weakness, usually the cheapest first."""

    ROUTE = "route elsewhere"
    RULE = "rule"
    PROMPT = "prompt"
    EXAMPLES = "examples"
    FINE_TUNE = "fine-tune"


class Suggestion(Struct, frozen=True, kw_only=True):
    """A remedy for a weakness, with what it should bring and cost."""

    pattern: PatternId
    remedy: Remedy
    text: str
    gain: float
    """Expected points of the agent's success rate over all its conversations, 0 to 100."""
    gain_low: float
    gain_high: float
    """Limits of its 95 % interval; wide where nothing like it was tried yet."""
    cost: float
    """In credits."""
    would_do: bool
    """Does it bring at least half of what the best remedy brings?"""
    basis: str
    """What the expectation rests on."""
    evidence: tuple[InteractionId, ...]
