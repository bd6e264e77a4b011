"""Upspiral: LLM applications and agents that get better every night, and never worse."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from upspiral.version import __version__

if TYPE_CHECKING:
    from upspiral.app import App
    from upspiral.client import AsyncUpspiral, Upspiral
    from upspiral.config import Settings, load
    from upspiral.errors import UpspiralError
    from upspiral.plugins import importer, notifier, provider, redactor, routing_policy, scorer, trainer

__all__ = [
    "App", "AsyncUpspiral", "Settings", "Upspiral", "UpspiralError", "__version__", "importer", "load",
    "notifier", "provider", "redactor", "routing_policy", "scorer", "trainer",
]  # fmt: skip
PLACES = {"App": "app", "AsyncUpspiral": "client", "Upspiral": "client", "UpspiralError": "errors"}
PLACES |= dict.fromkeys(("Settings", "load"), "config")


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for, and nothing before."""
    if name in __all__:
        return getattr(import_module(f"upspiral.{PLACES.get(name, 'plugins')}"), name)
    msg = f"module 'upspiral' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    """List what can be asked for."""
    return sorted({*globals(), *__all__})
