"""Upspiral: LLM applications and agents that get better every night, and never worse."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from upspiral.client import AsyncUpspiral, Upspiral

__version__ = "0.1.0"
__all__ = ["AsyncUpspiral", "Upspiral", "__version__"]


def __getattr__(name: str) -> Any:
    """Load the client library when it is asked for, and nothing before."""
    if name in ("AsyncUpspiral", "Upspiral"):
        from upspiral import client

        return getattr(client, name)
    msg = f"module 'upspiral' has no attribute {name!r}"
    raise AttributeError(msg)
