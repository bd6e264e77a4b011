"""What tests of Upspiral, and of what is built on it, need; ships with the product."""

from upspiral.testing.provider import FakeProvider

__all__ = ["FakeProvider"]
