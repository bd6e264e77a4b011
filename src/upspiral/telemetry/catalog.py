"""Which metrics are there? Each with its kind, its labels and what it says; nothing else is exposed."""

from typing import Literal, NamedTuple

AGENT = ("agent",)
OTHER_AGENTS = "other"
"""The label of all agents that have none of their own: unknown ones, and those beyond the limit."""
MAX_AGENTS = 100
"""Agents of a workspace with series of their own."""


class Metric(NamedTuple):
    """One metric."""

    name: str
    kind: Literal["counter", "gauge", "summary", "histogram"]
    help: str
    labels: tuple[str, ...] = ()


PROCESS = (
    Metric("upspiral_build_info", "gauge", "Always 1; the version is a label.", ("version",)),
    Metric("upspiral_store_up", "gauge", "1 where the store could be read for this answer, else 0."),
    Metric("upspiral_problems", "gauge", "Problems that GET /health lists."),
    Metric(
        "upspiral_http_requests_total",
        "counter",
        "Requests by documented route, method and status; 0 where the caller hung up before an answer.",
        ("method", "route", "status"),
    ),
    Metric(
        "upspiral_http_request_duration_seconds",
        "histogram",
        "Seconds from a request to the end of its answer.",
        ("route",),
    ),
    Metric("upspiral_writer_waiting_rows", "gauge", "Rows that wait to be written to the store."),
    Metric("upspiral_writer_commit_seconds", "histogram", "Seconds that a group commit took."),
    Metric("upspiral_writer_writes_total", "counter", "Pieces of writing that were committed or refused."),
    Metric("upspiral_writer_stopped_threads", "gauge", "Writing threads that have died; above 0 is a fault."),
    Metric(
        "upspiral_background_work_up",
        "gauge",
        "1 where a piece of background work runs, 0 where it stopped or keeps failing.",
        ("work",),
    ),
    Metric("upspiral_disk_free_bytes", "gauge", "Free bytes on the disk of the data folder."),
    Metric("upspiral_disk_needed_bytes", "gauge", "Free bytes that a night needs (cycle.disk_free_gb)."),
    Metric("upspiral_workers", "gauge", "Processes that said within the last lease that they run nights."),
)
"""Of the process that answers; shown to keys of the default workspace."""

WORKSPACE = (
    Metric("upspiral_interactions_total", "counter", "Interactions recorded.", AGENT),
    Metric("upspiral_interaction_errors_total", "counter", "Interactions that ended in an error.", AGENT),
    Metric(
        "upspiral_outcomes_total",
        "counter",
        "Interactions known to have gone well (success) or not (failure).",
        (*AGENT, "outcome"),
    ),
    Metric("upspiral_interaction_latency_seconds", "summary", "Seconds that an answer took.", AGENT),
    Metric("upspiral_tokens_total", "counter", "Tokens of answers, by direction.", (*AGENT, "direction")),
    Metric("upspiral_cost_usd_total", "counter", "US dollars of answers whose price is known.", AGENT),
    Metric("upspiral_nights_total", "counter", "Nights and parts of nights, by ending.", (*AGENT, "ending")),
    Metric("upspiral_nights_running", "gauge", "Nights that have not ended.", AGENT),
    Metric("upspiral_night_duration_seconds", "summary", "Seconds from begin to end of a night.", AGENT),
    Metric(
        "upspiral_night_last_end_timestamp_seconds", "gauge", "When the newest night ended, Unix time.", AGENT
    ),
    Metric("upspiral_night_tokens_total", "counter", "Tokens that nights used of paid models.", AGENT),
    Metric("upspiral_night_cost_usd_total", "counter", "US dollars that nights spent on them.", AGENT),
    Metric(
        "upspiral_night_calls_refused_total", "counter", "Calls not made because a budget was spent.", AGENT
    ),
    Metric(
        "upspiral_training_completed_total",
        "counter",
        "Training jobs that ended: succeeded, failed or cancelled.",
        (*AGENT, "state"),
    ),
    Metric(
        "upspiral_training_duration_seconds", "summary", "Seconds of training jobs that succeeded.", AGENT
    ),
    Metric(
        "upspiral_training_loss", "gauge", "The last loss of the newest training job that has one.", AGENT
    ),
    Metric("upspiral_deployment_success_total", "counter", "Canaries that were promoted.", AGENT),
    Metric("upspiral_rollback_triggered_total", "counter", "Versions that were rolled back.", AGENT),
    Metric(
        "upspiral_quality_improvement_ratio",
        "gauge",
        "Success rate of the newest compared candidate divided by its incumbent's, on held-out cases; "
        "absent where the incumbent was never right.",
        AGENT,
    ),
    Metric(
        "upspiral_quality_gain",
        "gauge",
        "Success rate of the newest compared candidate minus its incumbent's, -1 to 1.",
        AGENT,
    ),
    Metric(
        "upspiral_rewrite_success_rate",
        "gauge",
        "Share of the questions put to teachers that came back with a usable answer, 0 to 1.",
    ),
    Metric("upspiral_canary_share", "gauge", "Part of the conversations that a canary answers.", AGENT),
    Metric(
        "upspiral_canary_conversations",
        "gauge",
        "Labeled conversations while the canary runs, by arm.",
        (*AGENT, "arm"),
    ),
    Metric(
        "upspiral_canary_successes",
        "gauge",
        "Those of them that went well, by arm.",
        (*AGENT, "arm"),
    ),
    Metric(
        "upspiral_canary_difference",
        "gauge",
        "Limits of the anytime-valid interval of candidate minus stable, -1 to 1.",
        (*AGENT, "limit"),
    ),
    Metric("upspiral_canary_e_value", "gauge", "Evidence that the candidate is worse.", AGENT),
)
"""Of the caller's workspace, read from the store: they go on after a restart and are the same on every
server, so that several servers are aggregated with `max`, never with `sum`."""

CATALOG = {metric.name: metric for metric in (*PROCESS, *WORKSPACE)}
