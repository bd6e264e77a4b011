"""Whom did the operator name? The same chances always."""

from msgspec import Struct

from upspiral.route.base import Fact, RoutingContext, Table, list_allowed, table


class Fixed(Struct, frozen=True):
    """Weights by agent, which learn nothing; agents without one get none unless no weight is left.

    P(a) = weight_a / sum of the weights of those allowed. Units: any, 0 or more. Source: the
    operator's settings.

    >>> Fixed({"a": 1.0}).probabilities(RoutingContext(agents=("a", "b")))["all"].probabilities
    (1.0, 0.0)
    """

    weights: dict[str, float] = {}

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return "fixed"

    def update(self, fact: Fact) -> "Fixed":
        """Stay as it is."""
        return self

    def probabilities(self, ask: RoutingContext) -> dict[str, Table]:
        """Give a table for every domain that is asked for."""
        return {domain: self._table(list_allowed(ask, domain)) for domain in ask.domains}

    def _table(self, agents: tuple[str, ...]) -> Table:
        chances = {agent: max(0.0, self.weights.get(agent, 0.0)) for agent in agents}
        return table(chances, reasons=["fixed: set by the operator"] * len(agents))
