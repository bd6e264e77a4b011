"""THE DAY: one request. Choose who answers, let them answer, record what happened.

`day.py` is the page; its verbs are `choose`, `answer` and `stream`.
"""

from upspiral.serving.conversation import find_conversation
from upspiral.serving.day import answer, choose, stream
from upspiral.serving.record import Also
from upspiral.serving.request import CLIENT_DISCONNECTED, FanOut, GatewayRequest, RecordedReply, RoutedRequest
from upspiral.serving.shadow import EFFECTS, ShadowRequests

__all__ = [
    "CLIENT_DISCONNECTED",
    "EFFECTS",
    "Also",
    "FanOut",
    "GatewayRequest",
    "RecordedReply",
    "RoutedRequest",
    "ShadowRequests",
    "answer",
    "choose",
    "find_conversation",
    "stream",
]
