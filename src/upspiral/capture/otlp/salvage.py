"""Which spans can be read of a request that cannot be read as a whole? Each is tried by itself."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from google.protobuf import (  # type: ignore[import-untyped]
    descriptor_pb2,
    descriptor_pool,
    message_factory,
)
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from msgspec import Raw, Struct
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span

from upspiral.capture.otlp import json as shapes
from upspiral.storable import mend_json

Found = tuple[Any, list[str]]
"""A request with the spans that can be read, and why each of the others cannot."""


class _LooseScope(Struct, rename="camel"):
    scope: Raw = Raw(b"null")
    spans: list[Raw] | None = None


class _LooseAttributes(Struct):
    attributes: list[Raw] | None = None


class _LooseResource(Struct, rename="camel"):
    resource: _LooseAttributes | None = None
    scope_spans: list[_LooseScope] | None = None


class _Loose(Struct, rename="camel"):
    resource_spans: list[_LooseResource] | None = None


def salvage_json(body: bytes) -> Found:
    """Read the spans of an OTLP/JSON request one by one.

    Raises:
        msgspec.DecodeError: It is no JSON, or no list of spans is where it should be.
    """
    loose = msgspec.json.decode(mend_json(body), type=_Loose)
    found, broken = list[shapes.ResourceSpans](), list[str]()
    for given in loose.resource_spans or ():
        attributes = (given.resource and given.resource.attributes) or ()
        resource = shapes.Resource(attributes=list(_readable(attributes, shapes.KeyValue, [])))
        scopes = [
            shapes.ScopeSpans(
                scope=next(_readable([one.scope], shapes.Named, []), None),
                spans=list(_readable(one.spans or (), shapes.JsonSpan, broken)),
            )
            for one in given.scope_spans or ()
        ]
        found.append(shapes.ResourceSpans(resource=resource, scope_spans=scopes))
    return shapes.Request(resource_spans=found), broken


def _readable(given: Iterable[Raw], kind: Any, broken: list[str]) -> Iterator[Any]:
    for raw in given:
        try:
            yield msgspec.json.decode(raw, type=kind)
        except (msgspec.DecodeError, RecursionError) as error:
            broken.append(str(error))


def salvage_protobuf(body: bytes) -> Found:
    """Read the spans of an OTLP/protobuf request one by one.

    Raises:
        DecodeError: Its outer messages cannot be read.
    """
    loose = _LOOSE_REQUEST.FromString(body)
    request, broken = ExportTraceServiceRequest(), list[str]()
    for given in loose.resource_spans:
        target = request.resource_spans.add()
        target.resource.CopyFrom(next(_parse_each(given.resource, Resource, []), Resource()))
        for scope in given.scope_spans:
            name = next(_parse_each(scope.scope, InstrumentationScope, []), InstrumentationScope())
            spans = list(_parse_each(scope.spans, Span, broken))
            target.scope_spans.append(ScopeSpans(scope=name, spans=spans))
    return request, broken


def _parse_each(given: Iterable[bytes], kind: Any, broken: list[str]) -> Iterator[Any]:
    for raw in given:
        try:
            yield kind.FromString(raw)
        except DecodeError:
            broken.append("a text in it is no UTF-8, or it is cut off")


def _loose_request() -> Any:
    """Describe the request with its spans, scopes and resources as bytes: only the outermost is read."""
    file = descriptor_pb2.FileDescriptorProto(name="upspiral/loose.proto", package="upspiral.loose")
    shape = descriptor_pb2.FieldDescriptorProto

    def describe(name: str, **fields: tuple[int, str | None]) -> None:
        message = file.message_type.add(name=name)
        for field, (number, inner) in fields.items():
            made = message.field.add(name=field, number=number, label=shape.LABEL_REPEATED)
            made.type = shape.TYPE_MESSAGE if inner else shape.TYPE_BYTES
            if inner:
                made.type_name = f".upspiral.loose.{inner}"

    describe("Scope", scope=(1, None), spans=(2, None))
    describe("Resource", resource=(1, None), scope_spans=(2, "Scope"))
    describe("Request", resource_spans=(1, "Resource"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("upspiral.loose.Request"))


_LOOSE_REQUEST = _loose_request()
