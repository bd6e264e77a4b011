"""What do the metrics of a workspace say now? Read from its store, so that they go on after a restart."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from upspiral.domain import Deployment, Ending, JobState
from upspiral.domain.deployment import DeploymentState
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.night.budget import NANO_PER_USD
from upspiral.runtime import Runtime
from upspiral.telemetry.catalog import MAX_AGENTS, OTHER_AGENTS


class MetricSample(NamedTuple):
    """One value of a metric."""

    metric: str
    labels: tuple[str, ...]
    value: float
    """Of a summary the sum."""
    observed: int = 0
    """Of a summary the number of observations."""


def sample_workspace(runtime: Runtime, workspace: WorkspaceId) -> list[MetricSample]:
    """Read every metric of a workspace.

    Raises:
        StoreError: Its store cannot be read.
    """
    agents = [one.id for one in runtime.store.agents.all(workspace)][:MAX_AGENTS]
    counted = [
        *_sample_day(runtime, workspace),
        *_sample_nights(runtime, workspace),
        *_sample_spending(runtime, workspace),
        *_sample_training(runtime, workspace),
    ]
    canaries = {one.agent: one for one in runtime.store.deployments.running(workspace)}
    newest = (one for agent in agents for one in _sample_newest(runtime, workspace, agent))
    running = (one for agent in agents if agent in canaries for one in sample_canary(canaries[agent]))
    return [*merge_agents(counted, agents), *newest, *running, *_sample_rewrites(runtime, workspace)]


def merge_agents(samples: Iterable[MetricSample], agents: Collection[str]) -> list[MetricSample]:
    """Put together those of agents that have no label of their own; the agent is the first label.

    What is recorded may name any agent, so that its name could be anybody's text.

    >>> found = merge_agents([MetricSample("n", (name,), 1) for name in "axy"], ["a"])
    >>> [(one.labels, one.value) for one in found]
    [(('a',), 1.0), (('other',), 2.0)]
    """
    sums: dict[tuple[str, tuple[str, ...]], tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for one in samples:
        agent, *rest = one.labels
        key = one.metric, (agent if agent in agents else OTHER_AGENTS, *rest)
        value, count = sums[key]
        sums[key] = value + one.value, count + one.observed
    return [MetricSample(*key, *found) for key, found in sums.items()]


def _sample_day(runtime: Runtime, workspace: WorkspaceId) -> Iterator[MetricSample]:
    for row in runtime.store.rollups.sums(workspace, "agent", None):
        agent = row["key"]
        yield MetricSample("upspiral_interactions_total", (agent,), row["n"])
        yield MetricSample("upspiral_interaction_errors_total", (agent,), row["errors"])
        yield MetricSample("upspiral_outcomes_total", (agent, "success"), row["successes"])
        yield MetricSample("upspiral_outcomes_total", (agent, "failure"), row["failures"])
        seconds = row["latency_ms"] / 1000
        yield MetricSample("upspiral_interaction_latency_seconds", (agent,), seconds, int(row["n"]))
        yield MetricSample("upspiral_tokens_total", (agent, "input"), row["input_tokens"])
        yield MetricSample("upspiral_tokens_total", (agent, "output"), row["output_tokens"])
        yield MetricSample("upspiral_cost_usd_total", (agent,), row["cost"])


def _sample_nights(runtime: Runtime, workspace: WorkspaceId) -> Iterator[MetricSample]:
    for row in runtime.store.cycles.count_by(workspace, "agent", "ending", span=("started", "ended")):
        agent, ending = row["agent"], row["ending"]
        if ending is None:
            yield MetricSample("upspiral_nights_running", (agent,), row["n"])
            continue
        yield MetricSample("upspiral_nights_total", (agent, ending), row["n"])
        yield MetricSample("upspiral_night_duration_seconds", (agent,), row["seconds"], row["n"])
        if ending == Ending.PROMOTED:
            yield MetricSample("upspiral_deployment_success_total", (agent,), row["n"])
    for row in runtime.store.deployments.count_by(workspace, "agent", "state"):
        if row["state"] == DeploymentState.ROLLED_BACK:
            yield MetricSample("upspiral_rollback_triggered_total", (row["agent"],), row["n"])


def _sample_spending(runtime: Runtime, workspace: WorkspaceId) -> Iterator[MetricSample]:
    sums = ("used_tokens", "used_nano_usd", "refused")
    for row in runtime.store.budgets.count_by(workspace, "agent", sums=sums):
        agent = row["agent"]
        yield MetricSample("upspiral_night_tokens_total", (agent,), row["used_tokens"])
        usd = row["used_nano_usd"] / NANO_PER_USD
        yield MetricSample("upspiral_night_cost_usd_total", (agent,), usd)
        yield MetricSample("upspiral_night_calls_refused_total", (agent,), row["refused"])


def _sample_training(runtime: Runtime, workspace: WorkspaceId) -> Iterator[MetricSample]:
    ended = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)
    for row in runtime.store.training_jobs.count_by(
        workspace, "agent", "state", span=("created", "finished")
    ):
        if row["state"] in ended:
            yield MetricSample("upspiral_training_completed_total", (row["agent"], row["state"]), row["n"])
        if row["state"] == JobState.SUCCEEDED:
            seconds = row["seconds"]
            yield MetricSample("upspiral_training_duration_seconds", (row["agent"],), seconds, row["n"])


def _sample_newest(runtime: Runtime, workspace: WorkspaceId, agent: AgentId) -> Iterator[MetricSample]:
    """Read what is told of the newest night, job and comparison of one agent alone."""
    store = runtime.store
    if (ended := store.cycles.last_end(workspace, agent)) is not None:
        yield MetricSample("upspiral_night_last_end_timestamp_seconds", (agent,), ended.timestamp())
    if (loss := store.training_jobs.latest_loss(workspace, agent)) is not None:
        yield MetricSample("upspiral_training_loss", (agent,), loss)
    if (seen := store.eval_reports.latest_overall(workspace, agent)) is not None:
        yield MetricSample("upspiral_quality_gain", (agent,), seen.candidate_rate - seen.incumbent_rate)
        if seen.incumbent_rate:
            ratio = seen.candidate_rate / seen.incumbent_rate
            yield MetricSample("upspiral_quality_improvement_ratio", (agent,), ratio)


def _sample_rewrites(runtime: Runtime, workspace: WorkspaceId) -> Iterator[MetricSample]:
    usable, answered = runtime.store.rewrites.count_usable(workspace)
    if answered:
        yield MetricSample("upspiral_rewrite_success_rate", (), usable / answered)


def sample_canary(canary: Deployment) -> Iterator[MetricSample]:
    """Say where a running canary stands."""
    agent = canary.agent
    yield MetricSample("upspiral_canary_share", (agent,), canary.share)
    for arm, n, successes in (
        ("candidate", canary.canary_n, canary.canary_successes),
        ("stable", canary.stable_n, canary.stable_successes),
    ):
        yield MetricSample("upspiral_canary_conversations", (agent, arm), n)
        yield MetricSample("upspiral_canary_successes", (agent, arm), successes)
    yield MetricSample("upspiral_canary_difference", (agent, "low"), canary.difference_low)
    yield MetricSample("upspiral_canary_difference", (agent, "high"), canary.difference_high)
    yield MetricSample("upspiral_canary_e_value", (agent,), canary.e_value)
