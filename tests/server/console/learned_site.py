"""What the pages of learning, routing, training, migration and webhooks show of the planted workspace."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import structs
from tests.queries.comparisons import AGENT, Compared, plant_report

from upspiral.admin.agents import ModelSpec, define_model
from upspiral.app import App
from upspiral.domain import Dataset, Interaction, JobState, LoggedChoice, Slice, TrainingJob
from upspiral.domain.ids import (
    AgentVersionId,
    CycleId,
    DatasetId,
    DeliveryId,
    JobId,
    NotificationId,
    PatternId,
    ReportId,
    WebhookId,
)
from upspiral.domain.learning import (
    AgentProfile,
    Category,
    Insight,
    Learned,
    LearnedPattern,
    LearningIteration,
    LearningRun,
    Rule,
    RuleState,
    Strength,
)
from upspiral.domain.night.notification import DeliveryState, Webhook, WebhookDelivery

CASES = 12
LOSSES = (2.4, 1.9, 1.5)
MIGRATED = Slice(
    name="overall",
    n=CASES,
    wins=1,
    losses=1,
    candidate_rate=0.9,
    incumbent_rate=0.9,
    gain_low=-0.1,
    gain_high=0.1,
)


def plant_learning(app: App, now: datetime) -> None:
    """Store what a learning cycle found: a pattern, rules in every state, a profile and an insight."""
    began = now - timedelta(hours=9)
    iteration = LearningIteration(
        iteration_id="lrn_site",
        workspace_id=app.workspace,
        samples_analyzed=240,
        patterns_discovered=1,
        patterns_confirmed=1,
        rules_updated=3,
        iteration_accuracy=0.84,
        iteration_base_rate=0.61,
        iteration_coverage=0.75,
        pattern_confidence_improvement=0.02,
        rule_effectiveness_improvement=0.01,
        key_insights=("Refunds with a photo are approved.",),
        recommendations_for_swarm=(),
        started_at=began,
        completed_at=began + timedelta(seconds=4),
        processing_time_seconds=4.0,
    )
    learned = Learned(
        iteration=iteration,
        patterns=(_make_pattern(),),
        rules=tuple(_make_rule(app, state, began) for state in RuleState),
        profiles=(
            AgentProfile(
                agent=AGENT,
                workspace=app.workspace,
                settled=120,
                approval_rate=0.7,
                approval_low=0.61,
                approval_high=0.78,
                strengths=("refund with a photo",),
                weaknesses=("discounts",),
                overconfidence=0.12,
                calibration_error=0.1,
            ),
        ),
        insights=(Insight("Refunds with a photo are approved.", ("pat_photo",)),),
        recommendations=(),
        refreshed_at=now,
    )
    run = LearningRun(id="lrn_site", workspace=app.workspace, at=began, learned=learned)
    app.runtime.store.learning_runs.add(run)


def _make_pattern() -> LearnedPattern:
    return LearnedPattern(
        id=PatternId("pat_photo"),
        category=Category.EXPERT_OPINION,
        conditions=(("type", "refund"),),
        name="refund with a photo",
        success_rate=0.9,
        success_low=0.8,
        success_high=0.96,
        rest_rate=0.5,
        frequency_count=64,
        confidence_level=0.99,
        recommendation_strength=Strength.STRONG,
        confirmed=True,
        distinct=True,
        predicts=True,
    )


def _make_rule(app: App, state: RuleState, at: datetime) -> Rule:
    return Rule(
        id=f"rule_{state}",
        workspace=app.workspace,
        conditions=(("type", "refund"),),
        prefer=True,
        text=f"Ask for a photo before a refund ({state}).",
        state=state,
        success_rate=0.9,
        effectiveness=0.4,
        observed=64,
        proposed_at=at,
        confirmed_at=at,
        retired_because="It did no better than the rest." if state is RuleState.RETIRED else None,
    )


def plant_choices(app: App, turns: Sequence[Interaction]) -> None:
    """Store that a policy chose who answered some conversations."""
    for turn in turns[:20]:
        app.runtime.store.choices.add(
            LoggedChoice(
                id=turn.id,
                workspace=app.workspace,
                at=turn.at,
                conversation=turn.conversation,
                domain=turn.metadata["domain"],
                policy="thompson",
                agent=turn.agent,
                probability=0.93,
                reason="it succeeds most often",
            )
        )


def plant_training(app: App, job: JobId, cycle: CycleId, now: datetime) -> None:
    """Store a training that is running, with the losses and the log that its program wrote."""
    store = app.runtime.store
    live = store.agent_versions.get(app.workspace, app.agent(AGENT).live)
    store.training_jobs.add(
        TrainingJob(
            id=job,
            workspace=app.workspace,
            agent=AGENT,
            cycle=cycle,
            dataset=DatasetId("ds_site"),
            base=live.model,
            recipe="sft_lora",
            state=JobState.RUNNING,
            created=now - timedelta(minutes=9),
            step=30,
            total_steps=120,
            loss=LOSSES[-1],
        )
    )
    folder = app.runtime.job_folder(job)
    folder.mkdir(parents=True)
    rows = [{"step": 10 * (n + 1), "loss": loss} for n, loss in enumerate(LOSSES)]
    (folder / "losses.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "output.log").write_text("Loading the base model.\nStep 30 of 120.\n")


def plant_webhook(app: App, webhook: WebhookId, now: datetime) -> None:
    """Store a webhook, and one notification that did not reach it."""
    store = app.runtime.store
    store.webhooks.add(
        Webhook(
            id=webhook,
            workspace=app.workspace,
            kind="webhook",
            address="https://hooks.example.org/upspiral",
            sealed=False,
            shown="https://hooks.example.org/…",
            at=now,
        )
    )
    store.deliveries.add(
        WebhookDelivery(
            id=DeliveryId("dlv_site"),
            workspace=app.workspace,
            webhook=webhook,
            notification=NotificationId("ntf_site"),
            at=now,
            next_at=now + timedelta(days=1),
            state=DeliveryState.DEAD,
            attempts=10,
            note="It answered 500 each time.",
        )
    )


def plant_migration(app: App, turns: Sequence[Interaction], now: datetime) -> None:
    """Store that another model was compared with the agent's own."""
    store, dataset = app.runtime.store, DatasetId("ds_migration")
    live = store.agent_versions.get(app.workspace, app.agent(AGENT).live)
    spec = ModelSpec("openai-compatible:gpt-4o", url="http://127.0.0.1:9/v1")
    other = structs.replace(
        live,
        id=AgentVersionId("av_other"),
        number=3,
        model=define_model(app.runtime, app.workspace, spec).id,
        sha256="f" * 64,
    )
    store.agent_versions.add(other)
    made = Dataset(
        id=dataset,
        workspace=app.workspace,
        agent=AGENT,
        at=now,
        sha256="a" * 64,
        train=0,
        heldout=CASES,
    )
    store.datasets.add(made)
    compared = Compared(ReportId("rep_other"), dataset, other.id, live.id, case="ex_moved_{}")
    plant_report(app, turns[:CASES], compared, at=now - timedelta(days=1), overall=MIGRATED, judge=None)
