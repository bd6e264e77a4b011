"""With which chance is each agent drawn in each domain? Tables, rebuilt off the hot path and read on it."""

from collections.abc import Callable

from upspiral.route.base import EVERYTHING, RoutingContext, RoutingPolicy, Table, table


class RoutingTables:
    """A table for each domain, in and out of speed mode.

    What is read is replaced as a whole and never changed, so that requests read it without a lock. Whoever
    rebuilds must hold one.

    Args:
        speed: Do callers want the answer soon rather than good, unless they say otherwise?
    """

    def __init__(self, *, speed: bool) -> None:
        self._by_speed: dict[bool, dict[str, Table]] = {speed: {}}

    def is_ready(self, speed: bool) -> bool:
        """Say whether there are tables for callers who are in a hurry, or for those who are not."""
        return speed in self._by_speed

    def list_domains(self) -> list[str]:
        """Give every domain that has a table of its own, by name; that of all domains together first."""
        return [EVERYTHING, *sorted(set().union(*self._by_speed.values()) - {EVERYTHING})]

    def get(self, domain: str, *, speed: bool) -> Table:
        """Give the table of a domain; that of all domains together for one that is not known."""
        made = self._by_speed.get(speed, {})
        return made.get(domain) or made.get(EVERYTHING) or table({})

    def add_speed(self, policy: RoutingPolicy, ask: RoutingContext, *, speed: bool) -> None:
        """Make the tables of the other callers too, for the domains that there are."""
        domains = {EVERYTHING}.union(*self._by_speed.values())
        made = dict(policy.probabilities(_replace(ask, domains=domains, speed=speed)))
        self._by_speed = {**self._by_speed, speed: made}  # made first: a request may read it at once

    def rebuild(
        self, policy: RoutingPolicy, ask: RoutingContext, *, wanted: Callable[[set[str]], set[str]]
    ) -> None:
        """Make tables again; those of other domains stay.

        Args:
            policy: Gives the chances.
            ask: Who may be chosen, and by which rules; its domains and its speed are set here.
            wanted: Says for which domains, given those there are.
        """
        made = {}
        for speed, known in self._by_speed.items():
            domains = wanted(set(known)) | ({EVERYTHING} - set(known))
            made[speed] = {**known, **policy.probabilities(_replace(ask, domains=domains, speed=speed))}
        self._by_speed = made


def _replace(ask: RoutingContext, *, domains: set[str], speed: bool) -> RoutingContext:
    """Ask about these domains, in a fixed order: chances drawn by simulation depend on it."""
    return RoutingContext(
        agents=ask.agents, domains=tuple(sorted(domains)), now=ask.now, rules=ask.rules, speed=speed
    )
