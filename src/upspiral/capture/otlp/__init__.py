"""OTLP/HTTP traces as pure functions: bytes to plain spans, and those to Interactions, Spans and Feedback."""

from upspiral.capture.otlp.decode import RawSpan, decode
from upspiral.capture.otlp.fold import FoldedSpans, fold
from upspiral.capture.otlp.unpack import unpack

__all__ = ["FoldedSpans", "RawSpan", "decode", "fold", "unpack"]
