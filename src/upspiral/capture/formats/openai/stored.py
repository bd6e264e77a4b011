"""How does a stored chat completion of OpenAI become an Interaction?"""

from datetime import datetime
from typing import Any

from upspiral.capture.formats import talk
from upspiral.capture.formats.chat_jsonl import Imported
from upspiral.capture.formats.values import (
    first_field,
    flat_metadata,
    interaction_id,
    moment,
    text_or_none,
)
from upspiral.domain import Interaction, Usage
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.wire.options import SAMPLING, read_options
from upspiral.wire.usage import read_usage

ASKED = SAMPLING | {"tools", "tool_choice", "response_format"}
"""Fields of the request that stand beside its answer."""


def parse(
    row: dict[str, Any], *, agent: str | None, workspace: WorkspaceId, now: datetime
) -> Imported | None:
    """Read one stored completion; the first choice is the answer.

    The messages stand in ``messages`` or ``input``, where whoever fetched the list put those of
    ``/v1/chat/completions/{id}/messages``.

    Args:
        row: A ``chat.completion`` object; anything else is passed over.
        agent: Whose it is; None for ``metadata.agent``, else the model.
        workspace: Where it belongs.
        now: The moment it gets where it names none.

    Raises:
        ValueError: It has no id, no messages or no choice.
    """
    if row.get("object", "chat.completion") != "chat.completion":
        return None
    theirs = text_or_none(row.get("id"))
    if not theirs:
        raise ValueError("it has no id")
    shown = first_field(row, "messages", "input")
    if shown is None:
        raise ValueError("it has no messages; put those of /v1/chat/completions/{id}/messages beside it")
    if not row.get("choices"):
        raise ValueError("it has no choice")
    said = talk.answer(row)
    known, model = flat_metadata(row.get("metadata")), str(row.get("model") or "")
    ident = interaction_id(workspace, "openai-stored", theirs)
    interaction = Interaction(
        id=ident,
        workspace=workspace,
        agent=AgentId(agent or known.get("agent") or model or "imported"),
        at=moment(row.get("created"), now=now),
        messages=talk.messages(shown["data"] if isinstance(shown, dict) and "data" in shown else shown),
        options=read_options({k: v for k, v in row.items() if k in ASKED}, "chat"),
        answer=said.text,
        answer_parts=said.kept_parts,
        model=model,
        conversation=known.get("conversation") or known.get("session_id") or ident,
        trace=known.get("trace") or known.get("trace_id"),
        end_user=known.get("user") or known.get("user_id"),
        tool_calls=said.tool_calls,
        usage=read_usage(row.get("usage")) or Usage(),
        metadata=known,
    )
    return Imported(interaction, ())
