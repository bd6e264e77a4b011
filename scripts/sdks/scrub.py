"""What of a recorded request is left out? Whatever tells of the machine on which it was recorded (pure)."""

import re
from collections.abc import Iterable
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

MACHINE = ("process.", "host.", "os.")
"""How the names of attributes begin that tell of the machine."""
STACK = "exception.stacktrace"
LEFT_OUT = "left out"
FOLDERS = re.compile(r'File "[^"]*/')


def scrub_traces(body: bytes) -> bytes:
    """Leave stack traces and the attributes of the machine out of a protobuf request of traces.

    >>> scrub_traces(b"")
    b''
    """
    request = ExportTraceServiceRequest.FromString(body)
    for resource in request.resource_spans:
        kept = [one for one in resource.resource.attributes if not one.key.startswith(MACHINE)]
        del resource.resource.attributes[:]
        resource.resource.attributes.extend(kept)
        for scope in resource.scope_spans:
            for span in scope.spans:
                _scrub(span.attributes)
                span.status.message = _shorten_paths(span.status.message)
                for event in span.events:
                    _scrub(event.attributes)
    scrubbed: bytes = request.SerializeToString()
    return scrubbed


def _scrub(attributes: Iterable[Any]) -> None:
    for one in attributes:
        if one.key == STACK:
            one.value.string_value = LEFT_OUT
        elif one.value.HasField("string_value"):
            one.value.string_value = _shorten_paths(one.value.string_value)


def _shorten_paths(said: str) -> str:
    r"""Leave the folders out of a traceback.

    >>> _shorten_paths('File "/usr/lib/python3/site-packages/openai/client.py", line 3')
    'File ".../client.py", line 3'
    """
    return FOLDERS.sub('File ".../', said)
