"""What must a redactor keep to? What must be hidden is hidden in every field, once, and always the same."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from upspiral.capture.config import CaptureSettings
from upspiral.capture.redaction.base import Redactor
from upspiral.domain import Feedback, Interaction, Message, Source, ToolCall
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, FeedbackId, InteractionId
from upspiral.domain.span import Span, SpanId
from upspiral.testing.contracts.facts import STRANGE_NAMES

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
KEY = b"the key of a contract's test"


class RedactorContract:
    """The battery for a redactor; `make` is what was registered."""

    make: Any
    """Makes a Redactor from a key and the settings: a class, or a function within `staticmethod`."""
    secrets: tuple[str, ...]
    """What it must hide, each also within a sentence."""
    plain = ("Where is it?", "It left this morning.", "")
    """What it must leave as it is."""

    def redactor(self) -> Redactor:
        """Make one."""
        made: Redactor = type(self).make(KEY, CaptureSettings())
        return made

    def test_it_hides_in_a_text_and_leaves_others_alone(self) -> None:
        """Show it both."""
        made = self.redactor()
        for secret in self.secrets:
            assert secret not in made.text(secret)
            assert secret not in made.text(f"Ask for {secret} please.")
        assert [made.text(text) for text in self.plain] == list(self.plain)

    def test_the_same_text_becomes_the_same_and_nothing_is_hidden_twice(self) -> None:
        """Redact again, and with another of the same key."""
        made = self.redactor()
        for secret in self.secrets:
            hidden = made.text(f"Ask for {secret} please.")
            assert made.text(hidden) == hidden
            assert self.redactor().text(f"Ask for {secret} please.") == hidden

    def test_it_hides_in_every_field_of_a_record(self) -> None:
        """Put a secret into every text of an Interaction, a signal and a span."""
        made = self.redactor()
        for secret in self.secrets:
            text = f"Ask for {secret} please."
            for hidden in (
                made.interactions([fill_interaction(text)])[0],
                made.feedback(fill_feedback(text)),
                made.step(fill_span(text)),
            ):
                assert secret not in msgspec.json.encode(hidden).decode()

    def test_a_record_without_secrets_stays_as_it_is(self) -> None:
        """Put plain text everywhere."""
        made, plain = self.redactor(), self.plain[0]
        assert made.interactions([fill_interaction(plain)]) == [fill_interaction(plain)]
        assert made.feedback(fill_feedback(plain)) == fill_feedback(plain)
        assert made.step(fill_span(plain)) == fill_span(plain)

    def test_it_bears_whatever_text_there_is(self) -> None:
        """Show it what nobody should write."""
        made = self.redactor()
        for text in STRANGE_NAMES:
            assert isinstance(made.text(text), str)


def fill_interaction(text: str) -> Interaction:
    """Make an Interaction with a text in every field that a person fills."""
    return Interaction(
        id=InteractionId("int_1"),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("support"),
        at=NOW,
        messages=(Message("user", text),),
        answer=text,
        model="m",
        conversation=text,
        end_user=text,
        error=text,
        tool_calls=(ToolCall(name="search", arguments=text, result=text, error=text),),
        metadata={"note": text},
    )


def fill_feedback(text: str) -> Feedback:
    """Make a signal with a text in every field that a person fills."""
    return Feedback(
        id=FeedbackId("fb_1"),
        workspace=DEFAULT_WORKSPACE,
        interaction=InteractionId("int_1"),
        source=Source.USER_RATING,
        at=NOW,
        rater=text,
        comment=text,
        correction=text,
        metadata={"note": text},
    )


def fill_span(text: str) -> Span:
    """Make a span with a text in every field that a program fills."""
    return Span(
        id=SpanId("span_1"),
        workspace=DEFAULT_WORKSPACE,
        trace="trace",
        span="span",
        name="call",
        at=NOW,
        error=text,
        attributes={"note": text},
    )
