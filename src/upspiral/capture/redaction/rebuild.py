"""Which texts does a record hold, and how are new ones put in their place?

Names count as texts: people use e-mail addresses and phone numbers as ids of conversations and customers. The
same id gets the same pseudonym everywhere, so what was joined by it still is.
"""

from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter

import msgspec
from msgspec import Struct

from upspiral.capture.redaction.parts import (
    is_plain,
    rebuild_message,
    rebuild_options,
    rebuild_parts,
    text_of_options,
    texts_of_message,
    texts_of_parts,
)
from upspiral.domain import Feedback, Interaction, ToolCall
from upspiral.domain.span import Span

INTERACTION_FIELDS = (
    "id",
    "agent",
    "model",
    "conversation",
    "trace",
    "client_id",
    "end_user",
    "answer",
    "error",
)
"""Fields of an Interaction that are one text each."""
_interaction_fields = attrgetter(*INTERACTION_FIELDS)
FEEDBACK_FIELDS = ("id", "interaction", "rater", "label", "comment", "correction")
"""The same of Feedback."""
SPAN_FIELDS = ("trace", "span", "name", "error")
"""The same of a Span."""


class Texts(Struct, frozen=True, gc=False):
    """The texts of a record, in the order in which new ones are put in their place."""

    plain: list[str]
    """What was said, called and named."""
    noted: Mapping[str, str]
    """Its metadata, whose names may tell what their values are."""

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Give each text with its name, which is empty but for the values of metadata."""
        yield from (("", text) for text in self.plain)
        for name, value in self.noted.items():
            yield "", name
            yield name, value


def texts_of(interaction: Interaction) -> Texts:
    """Give all that was said, called, named and noted."""
    texts: list[str] = []
    for message in interaction.messages:
        texts += (message.role, message.content) if is_plain(message) else texts_of_message(message)
    texts.append(text_of_options(interaction.options))
    texts += texts_of_parts(interaction.answer_parts)
    texts += [value or "" for value in _interaction_fields(interaction)]
    for call in interaction.tool_calls:
        texts += (call.name, call.arguments, call.id or "", call.result or "", call.error or "")
    return Texts(texts, interaction.metadata)


def count_chars(interactions: Iterable[Interaction]) -> int:
    """Count the characters that are looked at in Interactions."""
    return sum(len(value) for one in interactions for _, value in texts_of(one))


def rebuild_interaction(interaction: Interaction, new: Iterator[str]) -> Interaction:
    """Put the values back in the order of `texts_of`; where there was None there is None."""
    messages = tuple(rebuild_message(message, new) for message in interaction.messages)
    options = rebuild_options(interaction.options, next(new))
    answer_parts = rebuild_parts(interaction.answer_parts, new)
    fields = _fields(interaction, INTERACTION_FIELDS, new)
    calls = tuple(_call(call, new) for call in interaction.tool_calls)
    return msgspec.structs.replace(
        interaction,
        messages=messages,
        options=options,
        answer_parts=answer_parts,
        tool_calls=calls,
        metadata=_mapping(interaction.metadata, new),
        **fields,
    )


def texts_of_feedback(feedback: Feedback) -> Texts:
    """Give all that was said and named in a signal."""
    return Texts([getattr(feedback, name) or "" for name in FEEDBACK_FIELDS], feedback.metadata)


def rebuild_feedback(feedback: Feedback, new: Iterator[str]) -> Feedback:
    """Put the values back in the order of `texts_of_feedback`."""
    fields = _fields(feedback, FEEDBACK_FIELDS, new)
    return msgspec.structs.replace(feedback, metadata=_mapping(feedback.metadata, new), **fields)


def texts_of_span(span: Span) -> Texts:
    """Give all that was named and noted in a step."""
    return Texts([getattr(span, name) or "" for name in SPAN_FIELDS], span.attributes)


def rebuild_span(span: Span, new: Iterator[str]) -> Span:
    """Put the values back in the order of `texts_of_span`."""
    fields = _fields(span, SPAN_FIELDS, new)
    return msgspec.structs.replace(span, attributes=_mapping(span.attributes, new), **fields)


def _fields(noun: msgspec.Struct, names: tuple[str, ...], new: Iterator[str]) -> dict[str, str | None]:
    values = {name: next(new) for name in names}
    return {name: None if getattr(noun, name) is None else value for name, value in values.items()}


def _mapping(given: Mapping[str, str], new: Iterator[str]) -> dict[str, str]:
    return {next(new): next(new) for _ in given}


def _call(call: ToolCall, new: Iterator[str]) -> ToolCall:
    names = ("name", "arguments", "id", "result", "error")
    values = {name: next(new) for name in names}
    kept = {name: None if getattr(call, name) is None else value for name, value in values.items()}
    return msgspec.structs.replace(call, **kept)
