"""The metrics of a workspace say what its store holds."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.conftest import START, Maker

from upspiral import capture
from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.capture.config import CaptureSettings
from upspiral.config import load
from upspiral.domain import (
    Cycle,
    Deployment,
    DeploymentState,
    Ending,
    EvalReport,
    JobState,
    Rewrite,
    Slice,
    TrainingJob,
    Usage,
)
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    BudgetId,
    CycleId,
    DatasetId,
    DeploymentId,
    InteractionId,
    JobId,
    ModelVersionId,
    ReportId,
    RewriteId,
    WorkspaceId,
)
from upspiral.domain.night.budget import Budget
from upspiral.runtime import Runtime
from upspiral.store import Store
from upspiral.telemetry.catalog import CATALOG, MAX_AGENTS, WORKSPACE
from upspiral.telemetry.workspace import sample_canary, sample_workspace

SUPPORT = AgentId("support")


@pytest.fixture
def runtime(data: object, tmp_path: object) -> Iterator[Runtime]:
    """The parts of a fresh folder with the agent `support`."""
    with App(load(data=data), nights=False) as app:
        make_agent(app.runtime, SUPPORT)
        yield app.runtime


def make_agent(runtime: Runtime, name: str) -> None:
    model = ModelSpec("openai-compatible:m", url="http://127.0.0.1:9")
    create_agent(runtime, DEFAULT_WORKSPACE, AgentId(name), model=model)


def read(runtime: Runtime, workspace: str = DEFAULT_WORKSPACE) -> dict[tuple[str, ...], float]:
    return {(one.metric, *one.labels): one.value for one in sample_workspace(runtime, WorkspaceId(workspace))}


def cycle(name: str, ending: Ending | None, *, hours: float = 1, agent: str = SUPPORT) -> Cycle:
    return Cycle(
        id=CycleId(name),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId(agent),
        started=START,
        since=START,
        until=START,
        ended=START + timedelta(hours=hours) if ending else None,
        ending=ending,
    )


def job(name: str, state: JobState, *, loss: float | None = None, minute: int = 0) -> TrainingJob:
    begun = START + timedelta(minutes=minute)
    return TrainingJob(
        id=JobId(name),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        dataset=DatasetId("ds"),
        base=ModelVersionId("mv"),
        recipe="sft_lora",
        state=state,
        created=begun,
        finished=begun + timedelta(seconds=90),
        loss=loss,
    )


def deployment(state: DeploymentState, name: str = "dep") -> Deployment:
    return Deployment(
        id=DeploymentId(name),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        candidate=AgentVersionId("new"),
        stable=AgentVersionId("old"),
        share=0.2,
        state=state,
        started=START,
        canary_n=10,
        canary_successes=9,
        stable_n=40,
        stable_successes=30,
        difference_low=-0.1,
        difference_high=0.4,
        e_value=0.5,
    )


def report(candidate: float, incumbent: float) -> EvalReport:
    overall = Slice(
        name="all",
        n=10,
        wins=3,
        losses=1,
        candidate_rate=candidate,
        incumbent_rate=incumbent,
        gain_low=0,
        gain_high=1,
    )
    return EvalReport(
        id=ReportId("rep"),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        candidate=AgentVersionId("new"),
        incumbent=AgentVersionId("old"),
        dataset=DatasetId("ds"),
        scorer="match",
        at=START,
        overall=overall,
        slices=(),
        void=0,
        pairs=(),
    )


def test_what_the_day_recorded_is_counted_by_agent(runtime: Runtime, make: Maker) -> None:
    usage = Usage(input_tokens=10, output_tokens=5, cost=0.25)
    turns = [make.interaction(usage=usage, latency_ms=500.0), make.interaction(error="timeout")]
    capture.record(runtime.store, *turns, now=make.tick())
    good = make.feedback(turns[0], 1.0)
    capture.give_feedback(runtime.store, [good], settings=CaptureSettings(), now=make.tick())
    found = read(runtime)
    assert found["upspiral_interactions_total", SUPPORT] == 2
    assert found["upspiral_interaction_errors_total", SUPPORT] == 1
    assert found["upspiral_outcomes_total", SUPPORT, "success"] == 1
    assert found["upspiral_outcomes_total", SUPPORT, "failure"] == 1
    assert found["upspiral_tokens_total", SUPPORT, "input"] == 10
    assert found["upspiral_tokens_total", SUPPORT, "output"] == 5
    assert found["upspiral_cost_usd_total", SUPPORT] == 0.25
    assert found["upspiral_interaction_latency_seconds", SUPPORT] == pytest.approx(0.5)


def test_nights_are_counted_by_ending_and_timed(any_store: Store) -> None:
    any_store.cycles.add(
        cycle("c1", Ending.PROMOTED, hours=2), cycle("c2", Ending.RESTED, hours=1), cycle("c3", None)
    )
    by_ending = any_store.cycles.count_by(DEFAULT_WORKSPACE, "agent", "ending", span=("started", "ended"))
    assert {row["ending"]: (row["n"], row["seconds"]) for row in by_ending} == {
        "promoted": (1, 7200),
        "rested": (1, 3600),
        None: (1, 0),
    }
    assert any_store.cycles.last_end(DEFAULT_WORKSPACE, SUPPORT) == START + timedelta(hours=2)


def test_the_store_sums_and_counts_under_conditions(any_store: Store) -> None:
    budgets = [
        Budget(
            id=BudgetId(f"b{n}"),
            workspace=DEFAULT_WORKSPACE,
            agent=SUPPORT,
            at=START,
            used_tokens=2_000_000_000,
            used_nano_usd=3_000_000_000,
            refused=n,
        )
        for n in range(3)
    ]
    any_store.budgets.add(*budgets)
    sums = ("used_tokens", "used_nano_usd", "refused")
    (row,) = any_store.budgets.count_by(DEFAULT_WORKSPACE, "agent", sums=sums)
    assert [row[name] for name in ("n", *sums)] == [3, 6_000_000_000, 9_000_000_000, 3]
    assert all(type(row[name]) is int for name in sums)
    few = any_store.budgets.count_by(DEFAULT_WORKSPACE, where=[any_store.budgets.table.c.refused > 0])
    assert few == [{"n": 2}]


def work_by_night(runtime: Runtime) -> None:
    """Write down what three nights did."""
    store = runtime.store
    store.cycles.add(cycle("c1", Ending.PROMOTED, hours=2), cycle("c2", Ending.RESTED), cycle("c3", None))
    store.training_jobs.add(
        job("j1", JobState.SUCCEEDED, loss=0.5), job("j2", JobState.FAILED, loss=0.25, minute=5)
    )
    store.deployments.add(
        deployment(DeploymentState.ROLLED_BACK, "d1"), deployment(DeploymentState.CANARY, "d2")
    )
    store.eval_reports.add(report(0.9, 0.6))
    spent = Budget(
        id=BudgetId("c1"),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        at=START,
        used_tokens=700,
        used_nano_usd=1_500_000_000,
        refused=2,
    )
    store.budgets.add(spent)
    for n, (answer, unusable) in enumerate([("Yes.", None), ("I cannot.", "refusal"), (None, None)]):
        rewrite = Rewrite(
            id=RewriteId(f"r{n}"),
            workspace=DEFAULT_WORKSPACE,
            cycle=CycleId("c1"),
            interaction=InteractionId("i"),
            attempt=0,
            teacher="t",
            answer=answer,
            unusable=unusable,
            error=None if answer else "timeout",
            at=START,
        )
        store.rewrites.add(rewrite)


def test_nights_training_spending_and_quality_have_the_names_of_the_catalog(runtime: Runtime) -> None:
    work_by_night(runtime)
    found = read(runtime)
    assert found == {
        ("upspiral_nights_total", SUPPORT, "promoted"): 1,
        ("upspiral_nights_total", SUPPORT, "rested"): 1,
        ("upspiral_nights_running", SUPPORT): 1,
        ("upspiral_night_duration_seconds", SUPPORT): 3 * 3600,
        ("upspiral_night_last_end_timestamp_seconds", SUPPORT): (START + timedelta(hours=2)).timestamp(),
        ("upspiral_night_tokens_total", SUPPORT): 700,
        ("upspiral_night_cost_usd_total", SUPPORT): 1.5,
        ("upspiral_night_calls_refused_total", SUPPORT): 2,
        ("upspiral_training_completed_total", SUPPORT, "succeeded"): 1,
        ("upspiral_training_completed_total", SUPPORT, "failed"): 1,
        ("upspiral_training_duration_seconds", SUPPORT): 90,
        ("upspiral_training_loss", SUPPORT): 0.25,
        ("upspiral_deployment_success_total", SUPPORT): 1,
        ("upspiral_rollback_triggered_total", SUPPORT): 1,
        ("upspiral_quality_improvement_ratio", SUPPORT): pytest.approx(1.5),
        ("upspiral_quality_gain", SUPPORT): pytest.approx(0.3),
        ("upspiral_rewrite_success_rate",): pytest.approx(1 / 3),
        **{(one.metric, *one.labels): one.value for one in sample_canary(deployment(DeploymentState.CANARY))},
    }


def test_a_ratio_to_an_incumbent_that_was_never_right_is_absent(runtime: Runtime) -> None:
    runtime.store.eval_reports.add(report(0.5, 0.0))
    found = read(runtime)
    assert found["upspiral_quality_gain", SUPPORT] == 0.5
    assert ("upspiral_quality_improvement_ratio", SUPPORT) not in found


def test_names_that_only_records_hold_are_never_a_label(runtime: Runtime, make: Maker) -> None:
    strangers = [make.interaction(agent=AgentId(f"my name is Anna {n}")) for n in range(50)]
    capture.record(runtime.store, *strangers, make.interaction(), now=make.tick())
    found = read(runtime)
    assert found["upspiral_interactions_total", "other"] == 50
    assert found["upspiral_interactions_total", SUPPORT] == 1
    assert not any("Anna" in part for key in found for part in key)


def test_the_number_of_series_is_bounded(
    runtime: Runtime, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upspiral.telemetry.workspace.MAX_AGENTS", 3)
    for n in range(5):
        make_agent(runtime, f"a{n}")
    turns = [make.interaction(agent=AgentId(f"a{n}")) for n in range(5)]
    capture.record(runtime.store, *turns, now=make.tick())
    found = read(runtime)
    agents = {key[1] for key in found if key[0] == "upspiral_interactions_total"}
    assert agents == {"a0", "a1", "a2", "other"}
    assert found["upspiral_interactions_total", "other"] == 2
    assert MAX_AGENTS <= 100


def test_another_workspace_sees_nothing_of_it(runtime: Runtime, make: Maker) -> None:
    capture.record(runtime.store, make.interaction(), now=make.tick())
    assert read(runtime, "other") == {}


def test_every_metric_of_the_catalog_is_read_with_its_labels(runtime: Runtime, make: Maker) -> None:
    work_by_night(runtime)
    capture.record(runtime.store, make.interaction(), now=make.tick())
    samples = sample_workspace(runtime, DEFAULT_WORKSPACE)
    assert {one.metric for one in samples} == {one.name for one in WORKSPACE}
    for one in samples:
        assert len(CATALOG[one.metric].labels) == len(one.labels)
