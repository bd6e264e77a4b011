"""How good is one answer? One protocol, and one file per way to tell."""

from upspiral.errors import ConfigError
from upspiral.scorers.base import GOOD, Scorer
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


__all__ = ["GOOD", "Agreement", "Exact", "Heuristic", "SCORERS", "Scorer", "scorer"]
