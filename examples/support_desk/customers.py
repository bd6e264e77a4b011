"""Who talks to the shop, and what do they think of it? Simulated customers over the real gateway.

They are noisy, as people are: some thumbs are wrong, many stay silent, some write what should have been
said. On a poisoned day a tenth of them collude: they ask about a few topics, call right answers wrong and
all write the same false correction.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2

import shop

SILENT = 0.4
MISTAKEN = 0.05
CORRECTS = 0.3
COLLUDING = 0.1
TARGETS = 5
AT_ONCE = 16
TRIES = 3
BUSY = 429


@dataclass
class Day:
    """How many conversations there were, and how many went well in truth."""

    conversations: int = 0
    right: int = 0
    rated: int = 0


@dataclass(frozen=True)
class Town:
    """Everyone who may call, drawn from one seed."""

    url: str
    agent: str
    seed: int
    key: str
    """Of the server."""
    customers: int = 200

    async def day(
        self,
        name: str,
        conversations: int,
        *,
        poisoned: bool = False,
        until: Callable[[], bool] = lambda: False,
    ) -> Day:
        """Let customers talk to the shop.

        Args:
            name: Of the day; with the seed it decides everything the customers do.
            conversations: How many.
            poisoned: Do the colluders collude?
            until: Asked before every conversation; True ends the day early.
        """
        rng = random.Random(f"{self.seed} {name}")
        seen, room = Day(), asyncio.Semaphore(AT_ONCE)
        mine = {"authorization": f"Bearer {self.key}"}
        async with httpx2.AsyncClient(base_url=self.url, headers=mine, timeout=60, trust_env=False) as rest:

            async def talk(number: int, mood: random.Random) -> None:
                async with room:
                    if not until():
                        await self._talk(rest, f"{name}-{number}", mood, seen=seen, poisoned=poisoned)

            await asyncio.gather(*(talk(n, random.Random(rng.random())) for n in range(conversations)))
        return seen

    async def _talk(
        self,
        rest: httpx2.AsyncClient,
        conversation: str,
        rng: random.Random,
        *,
        seen: Day,
        poisoned: bool,
    ) -> None:
        customer = rng.randrange(self.customers)
        colludes = poisoned and customer < COLLUDING * self.customers
        topic = rng.choice(targets(self.seed) if colludes else shop.TOPICS)
        question = {
            "model": self.agent,
            "messages": [{"role": "user", "content": shop.question(topic, rng)}],
            "user": f"customer-{customer}",
        }
        answer = await ask(rest, question, conversation=f"{self.seed}-{conversation}")
        right = shop.is_right(topic, answer["choices"][0]["message"]["content"] or "")
        seen.conversations += 1
        seen.right += right
        signal = collude(topic) if colludes else honest(topic, right, rng)
        if signal:
            seen.rated += 1
            body = {"interaction": answer["id"], "rater": f"customer-{customer}", **signal}
            (await rest.post("/api/v1/feedback", json=body)).raise_for_status()


async def ask(rest: httpx2.AsyncClient, question: dict[str, Any], *, conversation: str) -> dict[str, Any]:
    """Ask the gateway as any client of OpenAI's API does, again where it is busy for a moment."""
    headers = {"x-conversation-id": conversation}
    for attempt in range(TRIES):
        try:
            answer = await rest.post("/v1/chat/completions", json=question, headers=headers)
            answer.raise_for_status()
        except (httpx2.TransportError, httpx2.HTTPStatusError) as error:
            if attempt + 1 == TRIES or not is_passing(error):
                raise
            await asyncio.sleep(0.5 * 2**attempt)
        else:
            break
    said: dict[str, Any] = answer.json()
    return said


def is_passing(error: httpx2.HTTPError) -> bool:
    """Say whether asking again may help: nothing came in time, or the gateway is busy or down."""
    status = error.response.status_code if isinstance(error, httpx2.HTTPStatusError) else BUSY
    return status == BUSY or status >= 500


def targets(seed: int) -> tuple[shop.Topic, ...]:
    """Which topics the colluders agreed on: some that the shop always answered well."""
    known = [topic for topic in shop.TOPICS if topic.known]
    return tuple(random.Random(f"{seed} targets").sample(known, TARGETS))


def honest(topic: shop.Topic, right: bool, rng: random.Random) -> dict[str, str] | None:
    """What an honest customer sends: nothing, a thumb (now and then the wrong one), or a correction."""
    if rng.random() < SILENT:
        return None
    if not right and rng.random() < CORRECTS:
        return {"correction": topic.answer}
    mistaken = rng.random() < MISTAKEN
    return {"thumbs": "up" if right != mistaken else "down"}


def collude(topic: shop.Topic) -> dict[str, str]:
    """What a colluder sends: the false answer that all of them agreed on."""
    return {"correction": topic.wrong[0]}
