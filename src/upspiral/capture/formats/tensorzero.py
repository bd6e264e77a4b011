"""How does an inference of TensorZero become an Interaction, and a row of feedback Feedback?"""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from upspiral.capture.formats import talk
from upspiral.capture.formats.chat_jsonl import Imported
from upspiral.capture.formats.values import (
    Remark,
    decode_text,
    first_field,
    flat_metadata,
    interaction_id,
    moment,
    signal,
    text_or_none,
    to_float,
)
from upspiral.domain import Interaction, Source, Usage
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.message import TextPart
from upspiral.wire.reply import Reply
from upspiral.wire.usage import read_usage

FORMAT = "tensorzero"


def parse(
    row: dict[str, Any], *, agent: str | None, workspace: WorkspaceId, now: datetime
) -> Imported | Remark | None:
    """Read one row of ChatInference, JsonInference or a feedback table, or what the API lists of them.

    Args:
        row: An inference or a piece of feedback; rows of other tables, such as ModelInference, are passed
            over.
        agent: Whose it is; None for its function.
        workspace: Where it belongs.
        now: The moment it gets where neither it nor its id names one.

    Raises:
        ValueError: It has no id, no input or no output that can be read, or feedback has no target.
    """
    if "value" in row and "input" not in row:
        return _remark(row, workspace=workspace, now=now)
    if "input" not in row or "output" not in row or "dataset_name" in row:
        return None
    theirs = text_or_none(first_field(row, "inference_id", "id"))
    if not theirs:
        raise ValueError("it has no id")
    ident = interaction_id(workspace, FORMAT, theirs)
    said = _answer(row["output"])
    tags = flat_metadata(row.get("tags"))
    model = str(first_field(row, "model_name", "variant_name") or "")
    interaction = Interaction(
        id=ident,
        workspace=workspace,
        agent=AgentId(str(agent or row.get("function_name") or model or "imported")),
        at=_at(row, theirs, now=now),
        messages=talk.messages(row["input"]),
        answer=said.text,
        answer_parts=said.kept_parts,
        model=model,
        conversation=str(row.get("episode_id") or ident),
        trace=text_or_none(row.get("episode_id")),
        end_user=tags.get("user_id") or tags.get("user"),
        tool_calls=said.tool_calls,
        usage=read_usage(row.get("usage")) or Usage(),
        latency_ms=to_float(row.get("processing_time_ms")),
        metadata=tags | flat_metadata({"variant": row.get("variant_name")}),
    )
    return Imported(interaction, ())


def _answer(output: Any) -> Reply:
    output = decode_text(output)
    if isinstance(output, dict) and "raw" in output:  # of a JSON function
        return Reply(parts=(TextPart(str(output["raw"] or "")),))
    return talk.answer(output)


def _at(row: dict[str, Any], theirs: str, *, now: datetime) -> datetime:
    given = first_field(row, "timestamp", "created_at")
    try:
        ident = UUID(theirs)
    except ValueError:
        return moment(given, now=now)
    return moment(ident.int >> 80 if given is None and ident.version == 7 else given, now=now)


def _remark(row: dict[str, Any], *, workspace: WorkspaceId, now: datetime) -> Remark:
    """Read feedback; that on an episode, which alone the table does not tell, is about all its inferences."""
    target = text_or_none(first_field(row, "target_id", "inference_id", "episode_id"))
    if not target:
        raise ValueError("it has no target_id")
    metric = str(row.get("metric_name") or ("comment" if "target_type" in row else "demonstration"))
    about, theirs, value = interaction_id(workspace, FORMAT, target), str(row.get("id") or ""), row["value"]
    given = signal(
        about,
        workspace=workspace,
        key=f"{FORMAT} {theirs or f'{target} {metric} {value}'}",
        rater=metric,
        at=_at(row, theirs, now=now),
        value=None if metric in ("comment", "demonstration") else value,
        comment=text_or_none(value) if metric == "comment" else None,
    )
    if metric == "demonstration":
        said = _answer(value).text
        given = replace(given, source=Source.USER_CORRECTION, correction=said)
    certain = row.get("target_type") == "inference" or "inference_id" in row
    return Remark(given, None if certain else target)
