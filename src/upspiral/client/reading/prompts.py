"""How does an application get its prompt from the server, and keep it while the server does not answer?"""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import msgspec
from msgspec import Struct

from upspiral.client.delivery import log
from upspiral.errors import UpspiralError
from upspiral.wire.delivered_prompt import DeliveredPrompt, PromptMessage

if TYPE_CHECKING:
    from upspiral.client.reading.asking import Asker

DEFAULT_TTL_S = 60.0
"""How old an answer may be."""
MAX_KEPT_PROMPTS = 1_000
"""Prompts kept in memory, those asked for last: there is one for each conversation."""
ASK_TIMEOUT_S = 2.0
"""How long a caller waits for the server."""
RETRY_PAUSE_S = 5.0
"""A server that did not answer is not asked again for so long, so that only one caller waits for it."""
CANARY = "canary"


class WantedPrompt(NamedTuple):
    """Which prompt is wanted, and for whom."""

    agent: str
    conversation: str | None = None
    user: str | None = None
    version: str | None = None


class _Kept(Struct, frozen=True):
    prompt: DeliveredPrompt
    read_at: float
    """When the server said last that this is what it is."""


class PromptCache:
    """The prompts that are known, in memory; safe to use from several threads.

    Args:
        asker: Asks the server.
        clock: Seconds that only ever grow.
    """

    def __init__(self, asker: "Asker", clock: Callable[[], float] = time.monotonic) -> None:
        self._asker, self._clock, self._lock = asker, clock, Lock()
        self._kept: OrderedDict[WantedPrompt, _Kept] = OrderedDict()
        self._silent_until = -1.0

    def get(self, wanted: WantedPrompt, *, ttl_s: float, fallback: str | None) -> DeliveredPrompt:
        """Give a prompt: from memory where it is fresh, from the server, or the one that was known last.

        Raises:
            UpspiralError: The server refused, or did not answer while nothing is known; says so.
        """
        with self._lock:
            known = self._kept.get(wanted)
        now = self._clock()
        if known and now - known.read_at < ttl_s:
            return known.prompt
        usable = known or self._find_like(wanted)
        if usable and now < self._silent_until:
            return usable.prompt
        try:
            return self._ask(wanted, known)
        except UpspiralError as error:
            if not error.retryable:
                raise
            self._silent_until = now + RETRY_PAUSE_S
            if usable:
                log.warning("the prompt of %s is the one known last: %s", wanted.agent, error.message)
                return usable.prompt
            if fallback is None:
                raise
            return _write_fallback(wanted.agent, fallback)

    def _ask(self, wanted: WantedPrompt, known: _Kept | None) -> DeliveredPrompt:
        query = {
            name: value for name, value in wanted._asdict().items() if name != "agent" and value is not None
        }
        headers = {"if-none-match": known.prompt.etag} if known else {}
        path = f"/api/v1/agents/{quote(wanted.agent, safe='')}/prompt"
        answer = self._asker.send("GET", path, params=query, headers=headers, timeout=ASK_TIMEOUT_S)
        if known and not answer.content:
            prompt = known.prompt
        else:
            prompt = msgspec.json.decode(answer.content, type=DeliveredPrompt)
        with self._lock:
            self._kept[wanted] = _Kept(prompt, self._clock())
            self._kept.move_to_end(wanted)
            while len(self._kept) > MAX_KEPT_PROMPTS:
                self._kept.popitem(last=False)
        return prompt

    def _find_like(self, wanted: WantedPrompt) -> _Kept | None:
        """Find what is known best of the same agent for somebody new: the stable version, read last."""
        with self._lock:
            alike = [
                one
                for key, one in self._kept.items()
                if key.agent == wanted.agent and key.version == wanted.version and one.prompt.arm != CANARY
            ]
        return max(alike, key=lambda one: one.read_at, default=None)


def _write_fallback(agent: str, text: str) -> DeliveredPrompt:
    return DeliveredPrompt(
        agent=agent,
        version="",
        number=0,
        model="",
        messages=(PromptMessage("system", text),),
        text=text,
        sampling={},
    )
