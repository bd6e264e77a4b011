"""How does a generation of Langfuse become an Interaction, and a score its Feedback?"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from upspiral.capture.formats import talk
from upspiral.capture.formats.chat_jsonl import Imported
from upspiral.capture.formats.values import (
    Remark,
    decode_text,
    first_field,
    flat_metadata,
    interaction_id,
    join_tags,
    moment,
    says_something,
    signal,
    text_or_none,
    to_float,
)
from upspiral.domain import Feedback, Interaction, RequestOptions, Source, Usage
from upspiral.domain.ids import AgentId, InteractionId, WorkspaceId
from upspiral.wire.options import read_options
from upspiral.wire.usage import read_usage

FORMAT = "langfuse"
COUNTS = ("promptTokens", "completionTokens")
"""Where old rows count their tokens."""
FROM_TRACE = ("sessionId", "userId", "tags", "release", "environment")


def unfold(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the rows a downloaded trace holds: its observations, which learn session and user, and scores."""
    trace = row["trace"] if isinstance(row.get("trace"), dict) else row
    observations = row.get("observations") or trace.get("observations")
    if not isinstance(observations, list) or not all(isinstance(one, dict) for one in observations):
        yield row
        return
    ident = first_field(trace, "id", "traceId")
    learnt = {"traceId": ident, "traceName": trace.get("name")} | {key: trace.get(key) for key in FROM_TRACE}
    for one in observations:
        yield learnt | {key: value for key, value in one.items() if value is not None}
    scores = row.get("scores") or trace.get("scores")
    for score in scores if isinstance(scores, list) else ():
        if isinstance(score, dict):
            yield {"traceId": ident} | score


def parse(
    row: dict[str, Any], *, agent: str | None, workspace: WorkspaceId, now: datetime
) -> Imported | Remark | None:
    """Read one row of an export: API and interface (camelCase) or blob storage (snake_case).

    Args:
        row: An observation or a score; observations that are no ``GENERATION``, and traces, are passed over.
        agent: Whose it is; None for ``metadata.agent``, else the model.
        workspace: Where it belongs.
        now: The moment it gets where it names none.

    Raises:
        ValueError: It has no id or no input, or a moment or a count cannot be read.
    """
    if (
        "type" not in row
        and "name" in row
        and any(key in row for key in ("value", "stringValue", "string_value"))
    ):
        return _remark(row, workspace=workspace, now=now)
    if str(row.get("type") or "").upper() != "GENERATION":
        return None
    theirs = text_or_none(first_field(row, "id"))
    if not theirs:
        raise ValueError("it has no id")
    ident = interaction_id(workspace, FORMAT, theirs)
    interaction = _interaction(row, ident, agent=agent, workspace=workspace, now=now)
    return Imported(interaction, tuple(_inline(row.get("scores"), interaction)))


def _interaction(
    row: dict[str, Any], ident: InteractionId, *, agent: str | None, workspace: WorkspaceId, now: datetime
) -> Interaction:
    said = talk.answer(row.get("output"))
    model = str(
        first_field(row, "model", "providedModelName", "provided_model_name", "modelId", "model_id") or ""
    )
    trace = text_or_none(first_field(row, "traceId", "trace_id"))
    started = moment(first_field(row, "startTime", "start_time"), now=now)
    ended = moment(first_field(row, "endTime", "end_time"), now=started)
    name = first_field(row, "traceName", "trace_name")
    context = {"name": row.get("name"), "trace_name": name, "tags": join_tags(row.get("tags"))}
    known = flat_metadata(
        context, {key: row.get(key) for key in ("environment", "release")}, row.get("metadata")
    )
    error = (
        str(first_field(row, "statusMessage", "status_message") or "error")
        if row.get("level") == "ERROR"
        else None
    )
    return Interaction(
        id=ident,
        workspace=workspace,
        agent=AgentId(agent or known.get("agent") or model or "imported"),
        at=started,
        messages=talk.messages(row.get("input")),
        options=_options(row),
        answer=said.text,
        answer_parts=said.kept_parts,
        model=model,
        conversation=str(first_field(row, "sessionId", "session_id") or trace or ident),
        trace=trace,
        end_user=text_or_none(first_field(row, "userId", "user_id")),
        client_id=text_or_none(first_field(row, "id")),
        tool_calls=said.tool_calls,
        usage=_usage(row),
        latency_ms=max(0.0, (ended - started).total_seconds() * 1000),
        error=error,
        metadata=known,
    )


def _options(row: dict[str, Any]) -> RequestOptions | None:
    asked, sampling = decode_text(row.get("input")), decode_text(row.get("modelParameters"))
    body = dict(sampling) if isinstance(sampling, dict) else {}
    if isinstance(asked, dict):
        body |= {name: asked[name] for name in ("tools", "tool_choice") if name in asked}
    return read_options(body, "")


def _usage(row: dict[str, Any]) -> Usage:
    given = decode_text(first_field(row, "usageDetails", "usage_details", "usage"))
    counts = given if isinstance(given, dict) else {}
    cost = first_field(row, "totalCost", "total_cost", "calculatedTotalCost") or counts.get("totalCost")
    found = read_usage(counts) or Usage()
    if not (found.input_tokens or found.output_tokens):
        found = read_usage({name: row[name] for name in COUNTS if name in row}) or Usage()
    return replace(found, cost=to_float(cost) or _sum_costs(row) or None)


def _sum_costs(row: dict[str, Any]) -> float:
    """Read what a generation cost by part, such as input and output, with or without their total."""
    costs = decode_text(first_field(row, "costDetails", "cost_details"))
    if not isinstance(costs, dict):
        return 0.0
    return to_float(costs.get("total")) or sum(map(to_float, costs.values()))


def _inline(scores: object, about: Interaction) -> Iterator[Feedback]:
    """Read scores that stand within an observation: a list of them, or name to value."""
    if isinstance(scores, dict):
        many = ((name, value) for name, v in scores.items() for value in (v if isinstance(v, list) else [v]))
        scores = [{"id": f"{about.id} {n}", "name": m[0], "value": m[1]} for n, m in enumerate(many)]
    for row in scores if isinstance(scores, list) else ():
        if isinstance(row, dict) and row.get("name"):
            found = read_feedback(row, about.id, workspace=about.workspace, now=about.at)
            if says_something(found):
                yield found


def _remark(row: dict[str, Any], *, workspace: WorkspaceId, now: datetime) -> Remark | None:
    observation = first_field(row, "observationId", "observation_id")
    group = first_field(row, "traceId", "trace_id", "sessionId", "session_id")
    if observation is None and group is None:
        return None
    about = interaction_id(workspace, FORMAT, str(observation or group))
    feedback = read_feedback(row, about, workspace=workspace, now=now)
    return Remark(feedback, None if observation else str(group)) if says_something(feedback) else None


def read_feedback(
    row: dict[str, Any], about: InteractionId, *, workspace: WorkspaceId, now: datetime
) -> Feedback:
    """Make Feedback of a score with a name.

    Args:
        row: The score.
        about: The Interaction that it judges.
        workspace: Where both belong.
        now: The moment it gets where it names none.
    """
    kind = str(first_field(row, "dataType", "data_type") or "").upper()
    words = text_or_none(first_field(row, "stringValue", "string_value"))
    if words is None and isinstance(row.get("value"), str):
        words = row["value"]
    counted = kind in ("", "NUMERIC", "BOOLEAN")  # the value of others is an index, or always 0
    comment = text_or_none(row.get("comment"))
    made = signal(
        about,
        workspace=workspace,
        key=f"{FORMAT} {row.get('id') or about + ' ' + str(row['name'])}",
        rater=str(row["name"]),
        at=moment(row.get("timestamp"), now=now),
        value=row.get("value") if counted else None,
        label=words if kind == "CATEGORICAL" else None,
        comment="\n".join(filter(None, (words if kind == "TEXT" else None, comment))),
    )
    if kind == "CORRECTION" and words:
        return replace(made, source=Source.USER_CORRECTION, correction=words, label=None)
    return made
