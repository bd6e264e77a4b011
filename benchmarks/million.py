"""What does a store with a million interactions look like? A year of a busy site, planted in bulk."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from upspiral.domain import (
    Cycle,
    Deployment,
    DeploymentState,
    Ending,
    Feedback,
    Interaction,
    Kind,
    LoggedChoice,
    Message,
    Outcome,
    Pattern,
    RaterWeight,
    Source,
    Status,
    ToolCall,
    Usage,
)
from upspiral.domain.access import AuditEntry
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    CycleId,
    DeploymentId,
    FeedbackId,
    InteractionId,
    KeyId,
    PatternId,
)
from upspiral.domain.learning.lever import LeverTrial, TrialState
from upspiral.store import Store

AGENTS = tuple(AgentId(f"agent-{n:02}") for n in range(12))
MODELS = ("small-model", "middle-model", "large-model", "rare-model")
MODEL_WEIGHTS = (600, 300, 99, 1)
DOMAINS = ("billing", "parcels", "returns", "accounts", "other")
TEXT = "refund order invoice account parcel late card charge coupon address delivery broken size color return"
WORDS = f"{TEXT} exchange password login receipt total discount shipping store pickup cancel change".split()
TOOL_CALL = ToolCall(name="find_order", arguments='{"order": 17}', result='{"state": "sent"}')
YEAR = timedelta(days=365)
BATCH_ROWS = 10_000
RATED = 0.3
"""Share of the interactions that somebody rated."""
FAILED = 0.15
DAYS = 365
SMALL_ROWS = 50_000
"""Raters, lines of the audit log, logged choices."""


def plant_million(store: Store, *, count: int, now: datetime) -> None:
    """Fill the default workspace: interactions over a year, ratings, outcomes, nights, deployments, patterns.

    Args:
        store: At the newest schema, with its workspace.
        count: Interactions.
        now: The present moment.
    """
    rng, begin = Random(7), now - YEAR
    for first in range(0, count, BATCH_ROWS):
        numbers = range(first, min(count, first + BATCH_ROWS))
        turns = [make_turn(n, begin + YEAR * (n / count), rng) for n in numbers]
        rated = [make_rating(one, rng) for one in turns if rng.random() < RATED]
        with store.transaction():
            store.interactions.insert_ignore(*turns)
            store.feedback.insert_ignore(*(signal for signal, _ in rated))
            store.outcomes.insert_ignore(*(outcome for _, outcome in rated))
    with store.transaction():
        plant_nights(store, begin, rng)


def make_turn(number: int, at: datetime, rng: Random) -> Interaction:
    """Make one interaction; four are a conversation, and one in a hundred is a recommendation."""
    agent, is_advice = AGENTS[min(int(rng.expovariate(0.4)), len(AGENTS) - 1)], number % 100 == 7
    failed = rng.random() < 0.01
    return Interaction(
        id=InteractionId(f"int_{number:012}"),
        workspace=DEFAULT_WORKSPACE,
        agent=agent,
        at=at,
        kind=Kind.RECOMMENDATION if is_advice else Kind.CHAT,
        messages=(
            Message("system", "You help the customers of a shop. Be brief and kind."),
            Message("user", f"{' '.join(rng.choices(WORDS, k=12))}?"),
        ),
        answer="" if failed else " ".join(rng.choices(WORDS, k=25)),
        error="The model did not answer in time." if failed else None,
        model=rng.choices(MODELS, MODEL_WEIGHTS)[0],
        conversation=f"talk-{number // 4}",
        trace=f"trace-{number}" if number % 10 == 0 else None,
        end_user=f"customer-{rng.randrange(50_000)}",
        client_id=f"request-{number}" if number % 5 == 0 else None,
        tool_calls=(TOOL_CALL,) * (number % 10 == 3),
        usage=Usage(120, 40, 0.0003),
        latency_ms=rng.uniform(200, 1500),
        metadata={"domain": rng.choice(DOMAINS)},
    )


def make_rating(turn: Interaction, rng: Random) -> tuple[Feedback, Outcome]:
    """Make what a customer said of an answer, and the verdict that came of it."""
    bad, at = turn.error is not None or rng.random() < FAILED, turn.at + timedelta(seconds=40)
    signal = Feedback(
        id=FeedbackId(f"fb_{turn.id}"),
        workspace=turn.workspace,
        interaction=turn.id,
        at=at,
        source=Source.USER_RATING,
        rater=turn.end_user or "",
        score=0.0 if bad else 1.0,
        comment="That is not what I asked." if bad and rng.random() < 0.2 else None,
    )
    return signal, Outcome(
        interaction=turn.id,
        workspace=turn.workspace,
        agent=turn.agent,
        interaction_at=turn.at,
        status=Status.FAILURE if bad else Status.SUCCESS,
        score=signal.score,
        reason="A customer rated it.",
        signals=(signal.id,),
        at=at,
        settled=at,
    )


def plant_nights(store: Store, begin: datetime, rng: Random) -> None:
    """Plant a year of nights with what they tried and rolled out, patterns, raters and the audit log."""
    for number, agent in enumerate(AGENTS):
        nights = [make_night(agent, begin + timedelta(days=day), rng) for day in range(DAYS)]
        store.cycles.insert_ignore(*nights)
        store.lever_trials.insert_ignore(*(trial for one in nights for trial in make_trials(one)))
        store.deployments.insert_ignore(*(make_deployment(one) for one in nights[number::5]))
        store.patterns.insert_ignore(*(make_pattern(one) for one in nights[::7]))
    moments = [(n, begin + YEAR * (n / SMALL_ROWS)) for n in range(SMALL_ROWS)]
    store.rater_weights.insert_ignore(*(make_rater(n, at) for n, at in moments))
    store.audit_entries.insert_ignore(*(make_entry(n, at) for n, at in moments))
    store.choices.insert_ignore(*(make_choice(n, at) for n, at in moments))


def make_night(agent: AgentId, at: datetime, rng: Random) -> Cycle:
    """Make a night that has ended."""
    return Cycle(
        id=CycleId(f"cyc_{agent}_{at:%Y%m%d}"),
        workspace=DEFAULT_WORKSPACE,
        agent=agent,
        started=at,
        since=at - timedelta(days=1),
        until=at,
        rated=rng.randrange(200),
        ended=at + timedelta(hours=1),
        ending=rng.choice((Ending.PROMOTED, Ending.REJECTED, Ending.RESTED)),
        reason="It is planted.",
    )


def make_trials(night: Cycle) -> Iterator[LeverTrial]:
    """Make what a night tried."""
    for position, lever in enumerate(("examples", "rules", "instructions")):
        yield LeverTrial(
            id=f"trial_{night.id}_{lever}",
            workspace=night.workspace,
            agent=night.agent,
            cycle=night.id,
            lever=lever,
            position=position,
            at=night.started + timedelta(minutes=position),
            state=TrialState.TRIED if position == 0 else TrialState.PLANNED,
        )


def make_deployment(night: Cycle) -> Deployment:
    """Make what a night rolled out."""
    return Deployment(
        id=DeploymentId(f"dep_{night.id}"),
        workspace=night.workspace,
        agent=night.agent,
        cycle=night.id,
        candidate=AgentVersionId("av_candidate"),
        stable=AgentVersionId("av_stable"),
        share=0.1,
        state=DeploymentState.PROMOTED,
        started=night.started,
        ended=night.ended,
        canary_n=100,
        canary_successes=90,
        stable_n=900,
        stable_successes=780,
    )


def make_pattern(night: Cycle) -> Pattern:
    """Make a weakness that a night found, with a thousand members."""
    return Pattern(
        id=PatternId(f"pat_{night.id}"),
        workspace=night.workspace,
        agent=night.agent,
        cycle=night.id,
        at=night.started,
        name="asks for a refund",
        description="Customers who ask for their money back are told when a parcel arrives.",
        terms=("refund", "charged"),
        members=tuple(InteractionId(f"int_{n:012}") for n in range(1000)),
        failures=700,
        conversations=1000,
        failure_rate=0.7,
        failure_rate_low=0.67,
        failure_rate_high=0.73,
        share=0.3,
        share_low=0.28,
        share_high=0.32,
    )


def make_rater(number: int, at: datetime) -> RaterWeight:
    """Make a customer whose word was weighed."""
    voice = f"user:customer-{number}"
    return RaterWeight(
        id=RaterWeight.id_of(voice),
        workspace=DEFAULT_WORKSPACE,
        at=at,
        voice=voice,
        weight=1.0,
        weight_good=1.0,
        weight_bad=1.0,
        votes=6,
        checked=0,
        right=0.8,
        right_on_good=0.8,
        right_on_bad=0.8,
        typical=0.8,
        method="majority",
    )


def make_entry(number: int, at: datetime) -> AuditEntry:
    """Make one line of the audit log."""
    return AuditEntry(
        id=f"aud_{number:08}",
        workspace=DEFAULT_WORKSPACE,
        at=at,
        key=KeyId("key_planted"),
        key_name="first",
        via="api",
        action="roll back",
        path="/api/v1/rollback",
    )


def make_choice(number: int, at: datetime) -> LoggedChoice:
    """Make one choice of an agent."""
    return LoggedChoice(
        id=InteractionId(f"int_{number:012}"),
        workspace=DEFAULT_WORKSPACE,
        at=at,
        conversation=f"talk-{number // 4}",
        domain=DOMAINS[0],
        policy="thompson",
        agent=AGENTS[0],
        probability=0.5,
        reason="It is planted.",
    )
