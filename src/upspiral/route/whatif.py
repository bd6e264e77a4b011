"""What would another policy have been worth? Learned on the first half of the log, judged on the second."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from upspiral.domain import Interaction, LoggedChoice, Outcome
from upspiral.domain.ids import InteractionId
from upspiral.plugin_kinds import ROUTING_POLICY
from upspiral.route.base import RoutingContext, RoutingPolicy
from upspiral.route.config import RouteSettings
from upspiral.route.facts import facts_of, read_score
from upspiral.stats.offpolicy import Logged, NoEstimate, Value, value_of

SettledChoice = tuple[LoggedChoice, Outcome, Interaction]
"""A choice with what became of it, and the answer it led to."""
MODE_SEPARATOR = ":"
"""In the policy's name of a Choice: several agents were asked, as in `thompson:ensemble`."""


class WhatIf(Struct, frozen=True, kw_only=True):
    """The worth of another policy beside that of the one that ran."""

    policy: str
    learned_from: int
    judged_on: int
    logged: float | None
    """Mean score of what was really chosen, 0 to 1."""
    floor_share: float
    """Part of the judged requests that the other policy would give to somebody only to notice changes."""
    floor_loss: float
    """What that costs in mean score, 0 to 1, by what it believes."""
    value: Value | None
    refusal: NoEstimate | None


def what_if(drawn: Sequence[SettledChoice], policy: str, *, settings: RouteSettings) -> WhatIf:
    """Estimate what another policy would have been worth on the logged traffic.

    Args:
        drawn: Of `select_settled`.
        policy: One of the policies' names.
        settings: Their knobs.

    Raises:
        ConfigError: There is no such policy.
    """
    made: RoutingPolicy = ROUTING_POLICY.get(policy)(settings)
    half = len(drawn) // 2
    before, after = drawn[:half], drawn[half:]
    outcomes = [outcome for _, outcome, _ in before]
    for fact in facts_of(outcomes, {turn.id: turn for _, _, turn in before}, start=0):
        made = made.update(fact)
    agents = tuple(sorted({str(one.agent) for one, _, _ in drawn}))
    domains = tuple(sorted({one.domain for one, _, _ in after}))
    tables = (
        made.probabilities(RoutingContext(agents=agents, domains=domains, now=half))
        if agents and domains
        else {}
    )
    chances = {d: dict(zip(t.agents, t.probabilities, strict=True)) for d, t in tables.items()}
    log = [Logged(one.domain, one.agent, one.probability, read_score(outcome)) for one, outcome, _ in after]
    found = value_of(log, chances)
    return WhatIf(
        policy=policy,
        learned_from=len(before),
        judged_on=len(after),
        logged=sum(row.reward for row in log) / len(log) if log else None,
        floor_share=_mean(sum(tables[one.domain].floors) for one, _, _ in after),
        floor_loss=_mean(tables[one.domain].floor_loss for one, _, _ in after),
        value=found if isinstance(found, Value) else None,
        refusal=found if isinstance(found, NoEstimate) else None,
    )


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0


def select_settled(
    drawn: Iterable[LoggedChoice], outcomes: Mapping[InteractionId, Outcome], turns: Iterable[Interaction]
) -> list[SettledChoice]:
    """Give the choices whose conversation has an Outcome, oldest first, one per conversation.

    Of answers that several agents had a part in, the chance of the one is not known; they are left out.

    Args:
        drawn: Choices, newest first.
        outcomes: Of their answers.
        turns: Their answers, as far as they are kept.
    """
    known = {turn.id: turn for turn in turns}
    first: dict[str, LoggedChoice] = {}
    for one in reversed([one for one in drawn if MODE_SEPARATOR not in one.policy]):
        outcome = outcomes.get(one.id)
        if outcome and outcome.worth is not None and one.id in known:
            first.setdefault(one.conversation, one)
    return [(one, outcomes[one.id], known[one.id]) for one in first.values()]
