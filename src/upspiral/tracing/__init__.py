"""What do we tell a tracing backend of our own work? Nothing unless `traces.url` is set; never a user's text.

A span holds names of agents, models and routes, ids, numbers, states and kinds of errors. Messages of errors
are left out, since providers quote requests in them. OpenTelemetry is imported only where it is on.
"""

from upspiral.tracing.spans import NightTrace, NoSpan, RecordingSpan, begin_span, span

__all__ = ["NightTrace", "NoSpan", "RecordingSpan", "begin_span", "span"]
