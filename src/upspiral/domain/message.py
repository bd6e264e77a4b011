"""What is said in one message, and of what parts is it made?"""

from typing import Any

from msgspec import Struct

Extra = dict[str, Any]
"""Fields of the sender's own that no field of ours holds, kept as they came."""


class TextPart(Struct, frozen=True, omit_defaults=True, repr_omit_defaults=True, tag="text"):
    """Words."""

    text: str
    extra: Extra | None = None


class ReasoningPart(Struct, frozen=True, omit_defaults=True, repr_omit_defaults=True, tag="reasoning"):
    """What a model thought before it answered, or the sealed form in which its host sends that."""

    text: str = ""
    extra: Extra | None = None


class RefusalPart(Struct, frozen=True, omit_defaults=True, repr_omit_defaults=True, tag="refusal"):
    """Words with which a model declined to answer."""

    text: str
    extra: Extra | None = None


class FilePart(Struct, frozen=True, omit_defaults=True, repr_omit_defaults=True, kw_only=True, tag="file"):
    """A picture, a recording or a document: inline, by reference, or both."""

    media: str
    """`image`, `audio`, `video` or `file`."""
    media_type: str | None = None
    """Such as `image/png`, where it is known."""
    url: str | None = None
    file_id: str | None = None
    """Its id at the host that keeps it."""
    name: str | None = None
    data: str | None = None
    """Its bytes in base64; None once they are kept apart from the record."""
    sha256: str | None = None
    """Of its bytes, by which they are found again."""
    size_bytes: int | None = None
    transcript: str | None = None
    """What is said in it, where its host says so."""
    extra: Extra | None = None


class CallPart(
    Struct, frozen=True, omit_defaults=True, repr_omit_defaults=True, kw_only=True, tag="tool_call"
):
    """A tool that a model asked for."""

    name: str
    arguments: str = ""
    """As the model wrote them, usually JSON."""
    id: str | None = None
    extra: Extra | None = None


class OtherPart(Struct, frozen=True, omit_defaults=True, repr_omit_defaults=True, tag="other"):
    """A part of a kind that no reader knows, kept whole."""

    value: Extra


Part = TextPart | ReasoningPart | RefusalPart | FilePart | CallPart | OtherPart


class Message(Struct, frozen=True, omit_defaults=True, repr_omit_defaults=True):
    """One message of a conversation.

    A message of nothing but words has no parts. One with parts holds everything in them, and `content` is the
    text that follows from them (`upspiral.wire.text.flatten`).
    """

    role: str
    """`system`, `user`, `assistant` or `tool`, or what else the sender wrote."""
    content: str = ""
    """Its text: for search, patterns and people."""
    parts: tuple[Part, ...] = ()
    name: str | None = None
    """Who speaks, where several have one role; of a tool's message the tool."""
    tool_call_id: str | None = None
    """Of a tool's message: which call it answers."""
    joined: bool = False
    """Does it stand in one message with the one before it, where its API has both in one?"""
    extra: Extra | None = None
