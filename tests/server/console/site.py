"""A workspace with something on every page: a month of rated answers, nights, a canary, texts that wait."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from msgspec import Struct, structs
from tests.queries import comparisons
from tests.queries.comparisons import Compared, plant_report
from tests.server.console.learned_site import (
    plant_choices,
    plant_learning,
    plant_migration,
    plant_training,
    plant_webhook,
)

from upspiral import ingest
from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.domain import (
    Check,
    Cycle,
    CycleEvent,
    Dataset,
    Deployment,
    DeploymentState,
    Ending,
    Feedback,
    GateDecision,
    Interaction,
    Message,
    Pattern,
    Slice,
    Source,
    ToolCall,
    Usage,
    Verdict,
)
from upspiral.domain.ids import (
    AgentId,
    AgentVersionId,
    BudgetId,
    CycleId,
    DatasetId,
    DecisionId,
    DeploymentId,
    FeedbackId,
    InteractionId,
    JobId,
    ModelVersionId,
    PatternId,
    ReportId,
    WebhookId,
    derive,
)
from upspiral.domain.learning.approval import Approval
from upspiral.domain.learning.lever import LeverTrial, TrialState
from upspiral.domain.night.budget import Budget, Purpose, PurposeCost

AGENT = comparisons.AGENT
OTHER_AGENT = AgentId("invoices")
UNLUCKY = "customer-3"
"""Whose answers are all rated bad."""
QUESTIONS = (
    "Where is my parcel?",
    "How do I return a coat?",
    "Why was I charged twice?",
    "Do you ship abroad?",
)
DAYS = 30
PER_DAY = 12
LABELED_PAIRS = 12
JUDGED_SLICE = Slice(
    name="overall",
    n=LABELED_PAIRS,
    wins=8,
    losses=1,
    candidate_rate=0.83,
    incumbent_rate=0.66,
    gain_low=0.03,
    gain_high=0.31,
)


class Site(Struct, frozen=True):
    """What was planted, by id."""

    failed: InteractionId
    """An answer that was rated bad, with a tool call and a correction."""
    night: CycleId
    """A night whose candidate is a canary now."""
    refused: CycleId
    """The newest night: its gate refused, and it asked paid models."""
    weakness: PatternId
    canary: DeploymentId
    promoted: DeploymentId
    """What was rolled out last of another agent, which has no canary."""
    approval: str
    comparison: ReportId
    """By a judge, whose pairs wait for labels."""
    job: JobId
    """A training that is running."""
    webhook: WebhookId


def plant_site(app: App, *, is_running: bool = True) -> Site:
    """Fill the default workspace of an app.

    Args:
        app: An open app.
        is_running: Is its newest night still under way? A server would go on with it.
    """
    rng, now = Random(7), app.runtime.now()
    model = ModelSpec("openai-compatible:small-model", url="http://127.0.0.1:9/v1")
    create_agent(app.runtime, app.workspace, AGENT, model=model, instructions="Help customers.")
    turns, said = _make_days(app, rng, now)
    ingest.record_history(app.runtime, turns, said, workspace=app.workspace, remarks=[])
    site = Site(
        failed=turns[-1].id,
        night=CycleId("cyc_night"),
        refused=CycleId("cyc_1"),
        weakness=PatternId("pat_refunds"),
        canary=DeploymentId("dep_canary"),
        promoted=DeploymentId("dep_promoted"),
        approval="apr_text",
        comparison=ReportId("rep_judged"),
        job=JobId("job_site"),
        webhook=WebhookId("whk_site"),
    )
    _make_night(app, site, turns, now)
    _make_refused_night(app, site, now)
    _make_promoted_version(app, site, model, now)
    plant_learning(app, now)
    plant_choices(app, turns)
    plant_training(app, site.job, site.night, now)
    plant_webhook(app, site.webhook, now)
    plant_migration(app, turns, now)
    if not is_running:
        app.runtime.store.cycles.note(
            app.workspace,
            site.night,
            ended=now - timedelta(hours=2),
            ending=Ending.DONE,
            reason="The canary goes on by itself.",
        )
    return site


def _make_days(app: App, rng: Random, now: datetime) -> tuple[list[Interaction], list[Feedback]]:
    turns: list[Interaction] = []
    said: list[Feedback] = []
    for day in range(DAYS):
        for n in range(PER_DAY):
            at = now - timedelta(days=DAYS - 1 - day, minutes=5 * (PER_DAY - n))
            turn = _make_turn(app, len(turns), at, rng)
            turns.append(turn)
            good = rng.random() < 0.5 + 0.4 * day / DAYS and len(turns) < DAYS * PER_DAY
            good = good and turn.end_user != UNLUCKY
            said.append(_rate(turn, good=good, number=len(turns)))
    return turns, said


def _make_turn(app: App, number: int, at: datetime, rng: Random) -> Interaction:
    call = ToolCall(
        name="find_order", arguments='{"order": 17}', result='{"state": "sent"}', duration_ms=31.0
    )
    return Interaction(
        id=InteractionId(derive("int", "site", str(number))),
        workspace=app.workspace,
        agent=AGENT,
        at=at,
        messages=(Message("system", "Help customers."), Message("user", QUESTIONS[number % 4])),
        answer=f"It arrives tomorrow, order {number}.",
        model="small-model",
        conversation=f"talk-{number}",
        end_user=f"customer-{number % 12}",
        tool_calls=(call,) if number % 3 == 2 else (),
        usage=Usage(120, 30, 0.0002),
        latency_ms=rng.uniform(200, 900),
        metadata={"domain": "orders" if number % 2 else "refunds"},
    )


def _rate(turn: Interaction, *, good: bool, number: int) -> Feedback:
    return Feedback(
        id=FeedbackId(derive("fb", "site", str(number))),
        workspace=turn.workspace,
        interaction=turn.id,
        at=turn.at + timedelta(seconds=30),
        source=Source.USER_RATING,
        rater=f"user-{number % 5}",
        score=1.0 if good else 0.0,
        comment=None if good else "That is not what I asked.",
        correction=None if good else "It arrives on Monday.",
    )


def _make_night(app: App, site: Site, turns: list[Interaction], now: datetime) -> None:
    store, agent = app.runtime.store, app.agent(AGENT)
    live = store.agent_versions.get(app.workspace, agent.live)
    candidate = structs.replace(
        live,
        id=AgentVersionId("av_candidate"),
        number=2,
        instructions="Help customers.\nName the day of delivery.",
        sha256="c" * 64,
    )
    store.agent_versions.add(candidate)
    store.patterns.add(_make_weakness(app, site, turns, now))
    dataset = DatasetId("ds_site")
    store.datasets.add(
        Dataset(
            id=dataset, workspace=app.workspace, agent=AGENT, at=now, sha256="d" * 64, train=20, heldout=12
        )
    )
    compared = Compared(
        site.comparison, dataset, candidate.id, live.id, answer="It arrives on Monday, order {}."
    )
    report = plant_report(
        app, turns[:LABELED_PAIRS], compared, at=now, cycle=site.night, overall=JUDGED_SLICE
    )
    decision = DecisionId("dec_site")
    store.gate_decisions.add(
        GateDecision(
            id=decision,
            workspace=app.workspace,
            agent=AGENT,
            report=report.id,
            at=now,
            passed=True,
            alpha=0.02,
            p_value=0.003,
            checks=(Check(name="better overall", passed=True, detail="p = 0.003, at most 0.02 is allowed"),),
        )
    )
    store.deployments.add(
        Deployment(
            id=site.canary,
            workspace=app.workspace,
            agent=AGENT,
            cycle=site.night,
            candidate=candidate.id,
            stable=live.id,
            share=0.1,
            started=now - timedelta(hours=2),
            reason="No verdict yet; a drop of 12 points would have shown by now (canary 18 of 21 right).",
            canary_n=21,
            canary_successes=18,
            stable_n=190,
            stable_successes=151,
            difference_low=-0.11,
            difference_high=0.19,
            e_value=0.6,
        )
    )
    store.cycles.add(*_make_cycles(app, site, dataset, report.id, decision, candidate.id, now))
    store.cycle_events.add(*_make_events(app, site, now))
    store.lever_trials.add(
        LeverTrial(
            id="trial_1",
            workspace=app.workspace,
            agent=AGENT,
            cycle=site.night,
            lever="rules",
            position=0,
            at=now,
            state=TrialState.CHOSEN,
            reason="One rule was added.",
            expected_gain=0.04,
            gain=0.17,
            gain_low=0.05,
        )
    )
    store.approvals.add(
        Approval(
            id=site.approval,
            workspace=app.workspace,
            agent=AGENT,
            cycle=site.night,
            lever="instructions",
            candidate=candidate.id,
            live=live.id,
            text_sha256="e" * 64,
            teacher=ModelVersionId("nobody"),
            weaknesses=("asks for a refund",),
            summary="Says the day of delivery.",
            at=now,
            expires=now + timedelta(days=7),
        )
    )


def _make_refused_night(app: App, site: Site, now: datetime) -> None:
    began, decision = now - timedelta(hours=1), DecisionId("dec_refused")
    check = Check(name="better overall", passed=False, detail="p = 0.31, at most 0.02 is allowed")
    store = app.runtime.store
    store.gate_decisions.add(
        GateDecision(
            id=decision,
            workspace=app.workspace,
            agent=AGENT,
            report=site.comparison,
            at=now,
            passed=False,
            alpha=0.02,
            p_value=0.31,
            checks=(check,),
        )
    )
    store.cycles.add(
        Cycle(
            id=site.refused,
            workspace=app.workspace,
            agent=AGENT,
            started=began,
            since=began - timedelta(days=30),
            until=began,
            ended=now,
            ending=Ending.REJECTED,
            reason="The gate refused: not better overall.",
            report=site.comparison,
            decision=decision,
        )
    )
    store.budgets.add(
        Budget(
            id=BudgetId(site.refused),
            workspace=app.workspace,
            agent=AGENT,
            at=began,
            limit_tokens=100_000,
            used_tokens=41_250,
            used_nano_usd=370_000_000,
            closed=now,
            costs=(
                PurposeCost(
                    purpose=Purpose.TEACHER,
                    model="teacher-model",
                    calls=60,
                    unanswered=0,
                    reserved_tokens=60_000,
                    reserved_nano_usd=600_000_000,
                    input_tokens=30_000,
                    output_tokens=11_250,
                    used_nano_usd=370_000_000,
                    unpriced=0,
                ),
            ),
        )
    )


def _make_promoted_version(app: App, site: Site, model: ModelSpec, now: datetime) -> None:
    create_agent(app.runtime, app.workspace, OTHER_AGENT, model=model, instructions="Explain bills.")
    store = app.runtime.store
    first = store.agent_versions.get(app.workspace, app.agent(OTHER_AGENT).live)
    second = structs.replace(first, id=AgentVersionId("av_bills"), number=2, sha256="b" * 64)
    store.agent_versions.add(second)
    store.deployments.add(
        Deployment(
            id=site.promoted,
            workspace=app.workspace,
            agent=OTHER_AGENT,
            candidate=second.id,
            stable=first.id,
            share=0.1,
            state=DeploymentState.PROMOTED,
            started=now - timedelta(days=3),
            ended=now - timedelta(days=2),
            verdict=Verdict.HEALTHY,
            reason="It is surely not worse than the stable version.",
            canary_n=80,
            canary_successes=71,
            stable_n=700,
            stable_successes=570,
            difference_low=-0.01,
            difference_high=0.13,
            e_value=0.1,
        )
    )
    store.agents.update_where(store.agents.table.c.id == OTHER_AGENT, live=second.id, generation=1)


def _make_weakness(app: App, site: Site, turns: list[Interaction], now: datetime) -> Pattern:
    return Pattern(
        id=site.weakness,
        workspace=app.workspace,
        agent=AGENT,
        cycle=site.night,
        at=now,
        name="asks for a refund",
        description="Customers who ask for their money back are told when a parcel arrives.",
        terms=("refund", "charged"),
        members=tuple(one.id for one in turns[-20:]),
        failures=14,
        conversations=20,
        failure_rate=0.7,
        failure_rate_low=0.48,
        failure_rate_high=0.85,
        share=0.3,
        share_low=0.2,
        share_high=0.4,
        rest_conversations=300,
        rest_failure_rate=0.25,
        first_seen=now - timedelta(days=20),
        last_seen=now,
    )


def _make_cycles(
    app: App,
    site: Site,
    dataset: DatasetId,
    report: ReportId,
    decision: DecisionId,
    candidate: AgentVersionId,
    now: datetime,
) -> Iterator[Cycle]:
    yield Cycle(
        id=site.night,
        workspace=app.workspace,
        agent=AGENT,
        started=now - timedelta(hours=3),
        since=now - timedelta(days=30),
        until=now,
        rated=300,
        patterns=(site.weakness,),
        dataset=dataset,
        report=report,
        decision=decision,
        candidate=candidate,
        deployment=site.canary,
    )
    endings = {
        4: (Ending.PROMOTED, "The candidate held up."),
        9: (Ending.REJECTED, "The gate refused: not better overall."),
        15: (Ending.FAILED, "The teacher did not answer: connection refused. Look whether it runs."),
    }
    for days, (ending, reason) in endings.items():
        began = now - timedelta(days=days)
        yield Cycle(
            id=CycleId(f"cyc_{days}"),
            workspace=app.workspace,
            agent=AGENT,
            started=began,
            since=began - timedelta(days=30),
            until=began,
            ended=began + timedelta(hours=2),
            ending=ending,
            reason=reason,
        )


def _make_events(app: App, site: Site, now: datetime) -> Iterator[CycleEvent]:
    steps = (("find_patterns", "finished"), ("build_dataset", "finished"), ("start_canary", "started"))
    for n, (step, what) in enumerate(steps):
        yield CycleEvent(
            id=f"ev_{n}",
            workspace=app.workspace,
            cycle=site.night,
            at=now - timedelta(hours=3 - n),
            step=step,
            what=what,
            detail="1 weakness" if n == 0 else "",
        )
