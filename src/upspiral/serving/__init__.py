"""THE DAY: one request. Choose who answers, let them, write it down.

Verbs: `choose`, `answer` and `stream` for one agent, `together` for several.
"""

from upspiral.serving.answer import answer, stream
from upspiral.serving.choose import choose
from upspiral.serving.conversation import find_conversation
from upspiral.serving.events import as_stream
from upspiral.serving.record import Also
from upspiral.serving.request import CLIENT_DISCONNECTED, FanOut, GatewayRequest, RecordedReply, RoutedRequest
from upspiral.serving.together import together

__all__ = [
    "CLIENT_DISCONNECTED",
    "Also",
    "GatewayRequest",
    "RoutedRequest",
    "FanOut",
    "RecordedReply",
    "answer",
    "as_stream",
    "choose",
    "find_conversation",
    "stream",
    "together",
]
