"""Which scorers are there, and which of them may stand in which setting?"""

from upspiral.domain.evaluation import SUCCESS_AT
from upspiral.errors import ConfigError
from upspiral.scorers.base import Scorer
from upspiral.scorers.heuristic import Heuristic
from upspiral.scorers.match import Agreement, Exact

SCORERS: dict[str, type[Agreement] | type[Exact] | type[Heuristic]] = {
    "agreement": Agreement,
    "exact": Exact,
    "heuristic": Heuristic,
}


def scorer(name: str, *, success_at: float = SUCCESS_AT) -> Scorer:
    """Give the scorer of that name.

    Args:
        name: One of `SCORERS`.
        success_at: The score from which an answer is a success, 0 to 1: `capture.success_at`.

    Raises:
        ConfigError: There is none.

    >>> scorer("exact").name
    'exact'
    """
    if name not in SCORERS:
        raise ConfigError(
            f"There is no scorer {name!r}.", hint=f"Choose one of {', '.join(sorted(SCORERS))}."
        )
    return SCORERS[name](success_at)


def check_agreement_scorer(name: str, *, instead: str) -> str:
    """Make sure that a scorer tells whether two answers say the same; give its name.

    Args:
        name: As it was set.
        instead: What to do where it cannot.

    Raises:
        ValueError: There is none of that name, or it measures something else.

    >>> check_agreement_scorer("exact", instead="")
    'exact'
    """
    if name not in SCORERS:
        raise ValueError(f"there is no scorer of that name; choose one of {', '.join(sorted(SCORERS))}")
    if not SCORERS[name].compares:
        raise ValueError(f"it cannot tell whether two answers say the same; {instead}")
    return name
