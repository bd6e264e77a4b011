"""How do spans leave the process? By OpenTelemetry's SDK, over OTLP, in batches and in the background."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote
from uuid import uuid4

from upspiral.errors import ConfigError, MissingExtra
from upspiral.logs import sanitize
from upspiral.tracing.config import TraceSettings
from upspiral.tracing.spans import Tracers, Tracing
from upspiral.version import __version__

if TYPE_CHECKING:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

EXPORT_TIMEOUT_S = 10.0


@contextmanager
def export_spans(settings: TraceSettings, *, service: str) -> Iterator[None]:
    """Make spans inside, and send them where the settings say; nothing where they say nowhere.

    Args:
        settings: Where, and of which share of the requests.
        service: By which name the process is known.

    Raises:
        MissingExtra: OpenTelemetry's SDK is not installed.
        ConfigError: The headers cannot be read.
    """
    if settings.url is None:
        yield
        return
    exporter = _make_exporter(settings)
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased, TraceIdRatioBased

    from upspiral.tracing.night_ids import NightIds

    sanitize("opentelemetry")  # where the backend does not answer, its lines quote what it said
    about = {"service.name": service, "service.version": __version__, "service.instance.id": uuid4().hex}
    processor, resource = BatchSpanProcessor(exporter), Resource(about)
    some = ParentBased(TraceIdRatioBased(settings.share))
    work = TracerProvider(sampler=some, resource=resource, shutdown_on_exit=False)
    nights = TracerProvider(
        sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False, id_generator=NightIds()
    )
    for provider in (work, nights):
        provider.add_span_processor(processor)
    names = ("upspiral", __version__)
    Tracing.tracers = Tracers(work.get_tracer(*names), nights.get_tracer(*names))
    try:
        yield
    finally:
        Tracing.tracers = None
        processor.shutdown()  # type: ignore[no-untyped-call] # the SDK annotates nothing of it


def _make_exporter(settings: TraceSettings) -> "OTLPSpanExporter":
    try:
        from opentelemetry.exporter.otlp.proto.http import Compression
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from requests import Session
    except ImportError as error:
        raise MissingExtra(
            "Traces are sent by packages that are not installed.",
            hint='Run `pip install "upspiral[traces]"`, or take `traces.url` away.',
        ) from error
    session = Session()
    session.trust_env = False  # like everything else that goes out: no proxy, no file of passwords
    return OTLPSpanExporter(
        settings.url,
        headers=read_headers(settings.headers.get_secret_value() if settings.headers else ""),
        timeout=EXPORT_TIMEOUT_S,
        compression=Compression.Gzip,
        session=session,
    )


def read_headers(text: str) -> dict[str, str]:
    """Read headers as OpenTelemetry's own variables hold them.

    Raises:
        ConfigError: One has no name, or no value.

    >>> read_headers("authorization=Bearer%20ups_x, x-team=shop")
    {'authorization': 'Bearer ups_x', 'x-team': 'shop'}
    """
    found = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, value = part.partition("=")
        if not name.strip() or not value.strip():
            raise ConfigError(
                "`traces.headers` holds a part without a name or without a value.",
                hint="Write authorization=Bearer%20KEY,x-team=shop.",
            )
        found[name.strip().lower()] = unquote(value.strip())
    return found
