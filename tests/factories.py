"""An agent's version, a case and a Pattern for tests that name only what they are about."""

from typing import Any

from tests.conftest import START

from upspiral.domain import AgentVersion, Example, ExampleKind, Message, Pattern, Split
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    DatasetId,
    ExampleId,
    InteractionId,
    ModelVersionId,
    PatternId,
)

SUPPORT = AgentId("support")


def make_version(**more: Any) -> AgentVersion:
    """Make the first version of an agent, which says nothing before a conversation."""
    given: dict[str, Any] = {
        "id": AgentVersionId("av_1"),
        "workspace": DEFAULT_WORKSPACE,
        "agent": SUPPORT,
        "number": 1,
        "at": START,
        "model": ModelVersionId("mv_1"),
        "sha256": "",
    }
    return AgentVersion(**{**given, **more})


def make_example(**more: Any) -> Example:
    """Make a held-out case whose answer a user corrected."""
    given: dict[str, Any] = {
        "id": ExampleId("ex_1"),
        "workspace": DEFAULT_WORKSPACE,
        "dataset": DatasetId("ds_1"),
        "interaction": InteractionId("int_1"),
        "conversation": "c",
        "kind": ExampleKind.CORRECTION,
        "split": Split.HELDOUT,
        "messages": (Message("user", "Where is it?"),),
        "answer": "Here.",
    }
    return Example(**{**given, **more})


def make_pattern(**more: Any) -> Pattern:
    """Make a weakness of the kind "parcel" in which everything failed."""
    members = more.get("members", ())
    given: dict[str, Any] = {
        "id": PatternId("pat"),
        "workspace": DEFAULT_WORKSPACE,
        "agent": SUPPORT,
        "at": START,
        "name": "parcel",
        "description": "",
        "terms": ("parcel",),
        "members": members,
        "failures": len(members),
        "conversations": len(members),
        "failure_rate": 1,
        "failure_rate_low": 0.9,
        "failure_rate_high": 1,
        "share": 1,
        "share_low": 0.9,
        "share_high": 1,
    }
    return Pattern(**{**given, **more})
