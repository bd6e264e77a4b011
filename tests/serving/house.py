"""A house of agents that each say one thing."""

from contextlib import ExitStack
from typing import Any

import httpx2
import pytest

from upspiral.app import App
from upspiral.domain import Interaction
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.testing import FakeProvider

HI = [{"role": "user", "content": "What is the capital of France?"}]


class House:
    """An app with agents that each say one thing, and a client of it."""

    def __init__(self, app: App, stack: ExitStack) -> None:
        self.app, self._stack = app, stack
        self.providers: dict[str, FakeProvider] = {}
        self.api: httpx2.AsyncClient

    async def agent(self, name: str, says: str) -> FakeProvider:
        provider = self._stack.enter_context(FakeProvider(lambda _: says, stall_s=0.5))
        model = {"model": "openai-compatible:gpt", "url": provider.url}
        made = await self.api.post("/api/v1/agents", json={"name": name, "model": model})
        assert made.status_code == 201, made.text
        self.providers[name] = provider
        return provider

    async def ask(self, model: str, path: str = "/v1/chat/completions", **more: Any) -> httpx2.Response:
        return await self.api.post(path, json={"model": model, "messages": HI} | more)

    async def said(self, model: str, **more: Any) -> tuple[str, str]:
        answer = await self.ask(model, **more)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["id"] == answer.headers["x-upspiral-interaction"]
        return found["id"], found["choices"][0]["message"]["content"]

    async def judge(self, ident: str, **more: Any) -> None:
        given = await self.api.post("/api/v1/feedback", json={"interaction": ident, **more})
        assert given.status_code == 201, given.text

    def kept(self) -> dict[str, Interaction]:
        return {one.agent: one for one in self.app.runtime.store.interactions.latest(DEFAULT_WORKSPACE)}


def with_route(**settings: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("app", [settings], indirect=True)
