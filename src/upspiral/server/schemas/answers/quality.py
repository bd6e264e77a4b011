"""What do answers about failures and their remedies hold?"""

from msgspec import Struct

from upspiral.domain import Interaction, Pattern
from upspiral.domain.learning import Remedy


class FoundPattern(Pattern, frozen=True, kw_only=True):
    """A pattern that was looked for just now."""

    fixed_by: str | None = None
    """The version that was taught this weakness away, such as `support@2`; None where it was found now."""
    fix_shown: bool | None = None
    """Has enough been rated since, that it would have been found? None where it was found now."""


class Failure(Interaction, frozen=True, kw_only=True):
    """An Interaction that failed, with its reason and what people said of it."""

    reason: str
    rating: float | None
    """The newest one by a user, 1 to 5; None where nobody rated it."""
    comment: str | None
    """The newest one."""


class SuggestedRemedy(Struct, frozen=True, kw_only=True):
    """A remedy for a weakness, with what it should bring and cost, and links to cases."""

    pattern: str
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
    evidence: list[str]
    """Paths of some of the Interactions that show the weakness."""
    cases: int
    """How many there are."""
