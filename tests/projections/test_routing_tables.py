"""Tables are complete whenever they are read."""

from collections.abc import Mapping

from upspiral.projections.routing_tables import RoutingTables
from upspiral.route.base import Fact, RoutingContext, Table, table


class Watched:
    """A policy that notes what readers could see while it computed."""

    name = "watched"

    def __init__(self) -> None:
        self.tables = RoutingTables(speed=False)
        self.seen: list[bool] = []
        self.asked: list[tuple[bool, tuple[str, ...]]] = []

    def update(self, _: Fact) -> "Watched":
        return self

    def probabilities(self, ask: RoutingContext) -> Mapping[str, Table]:
        self.seen.append(self.tables.is_ready(True))
        self.asked.append((ask.speed, ask.domains))
        return {domain: table({"hurried" if ask.speed else "calm": 1.0}) for domain in ask.domains}


CONTEXT = RoutingContext(agents=("calm", "hurried"))


def test_tables_for_callers_in_a_hurry_are_ready_only_once_they_are_made() -> None:
    policy = Watched()
    policy.tables.rebuild(policy, CONTEXT, wanted=lambda known: known | {"law"})
    policy.tables.add_speed(policy, CONTEXT, speed=True)
    assert policy.seen == [False, False], "nobody may read a table that is still being made"
    assert policy.tables.is_ready(True)
    assert policy.tables.get("law", speed=True).agents == ("hurried",)
    assert policy.tables.get("law", speed=False).agents == ("calm",)


def test_a_rebuild_computes_the_wanted_domains_and_keeps_the_others() -> None:
    policy = Watched()
    policy.tables.rebuild(policy, CONTEXT, wanted=lambda _: {"law", "tax"})
    policy.tables.rebuild(policy, CONTEXT, wanted=lambda _: {"law"})
    assert policy.asked == [(False, ("all", "law", "tax")), (False, ("law",))]
    assert policy.tables.get("tax", speed=False).agents == ("calm",)


def test_a_domain_that_is_not_known_has_the_table_of_all() -> None:
    policy = Watched()
    assert policy.tables.get("law", speed=False).agents == ()
    policy.tables.rebuild(policy, CONTEXT, wanted=set)
    assert policy.tables.get("law", speed=False).agents == ("calm",)
