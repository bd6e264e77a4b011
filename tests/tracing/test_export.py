"""Spans leave over OTLP, where the settings say; a setting that cannot be used is an error that says so."""

import sys

import pytest
from pydantic import ValidationError

from upspiral.errors import ConfigError, MissingExtra
from upspiral.tracing import span
from upspiral.tracing.config import TraceSettings
from upspiral.tracing.export import export_spans, read_headers
from upspiral.tracing.spans import OFF, Tracing


def test_without_an_address_nothing_is_made() -> None:
    with export_spans(TraceSettings(), service="upspiral"):
        assert span("record") is OFF


def test_with_an_address_spans_are_made_until_the_end() -> None:
    given = TraceSettings(url="http://127.0.0.1:1/v1/traces")
    with export_spans(given, service="upspiral"):
        assert span("record") is not OFF
    assert Tracing.tracers is None


def test_without_its_packages_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http", None)
    given = TraceSettings(url="http://127.0.0.1:1/v1/traces")
    with pytest.raises(MissingExtra) as raised, export_spans(given, service="upspiral"):
        pass
    assert "upspiral[traces]" in (raised.value.hint or "")


@pytest.mark.parametrize("text", ["authorization", "=x", "a=", "a=b,c"])
def test_a_header_without_name_or_value_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="headers"):
        read_headers(text)


@pytest.mark.parametrize("url", ["collector:4318", "ftp://x/y", "http://", "http://user:key@host/v1/traces"])
def test_an_address_that_is_none_or_holds_a_password_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        TraceSettings(url=url)
