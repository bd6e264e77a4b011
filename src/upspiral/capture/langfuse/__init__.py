"""What Langfuse's clients send besides spans: batches of events, and scores (pure)."""

from upspiral.capture.langfuse.events import (
    EventRefused,
    FoldedEvents,
    LangfuseEvent,
    fold_events,
    read_events,
)
from upspiral.capture.langfuse.scores import to_signal

__all__ = ["EventRefused", "FoldedEvents", "LangfuseEvent", "fold_events", "read_events", "to_signal"]
