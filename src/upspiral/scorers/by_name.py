"""Which scorers are there, and which of them may stand in which setting?"""

from upspiral.errors import ConfigError
from upspiral.scorers.base import Scorer
from upspiral.scorers.heuristic import Heuristic
from upspiral.scorers.match import Agreement, Exact

SCORERS: dict[str, type[Scorer]] = {"agreement": Agreement, "exact": Exact, "heuristic": Heuristic}


def scorer(name: str) -> Scorer:
    """Give the scorer of that name.

    Raises:
        ConfigError: There is none.

    >>> scorer("exact").name
    'exact'
    """
    if name not in SCORERS:
        raise ConfigError(
            f"There is no scorer {name!r}.", hint=f"Choose one of {', '.join(sorted(SCORERS))}."
        )
    return SCORERS[name]()


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
