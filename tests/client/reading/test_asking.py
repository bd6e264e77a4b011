"""An application asks its server and waits for the answer."""

from pathlib import Path

import httpx2
import pytest

from upspiral.app import App
from upspiral.client import AsyncUpspiral, Upspiral
from upspiral.client.in_process import InProcess
from upspiral.config import load
from upspiral.errors import InvalidInput
from upspiral.server.app import create_app

HI = [{"role": "user", "content": "Hi"}]


def test_a_page_is_given_a_token_for_an_answer_that_was_recorded_just_now(data: Path) -> None:
    with App(load(data=data), nights=False) as app:
        doors, key = create_app(app), (data / "key").read_text().strip()
        with Upspiral.in_process(doors, key=key, agent="support") as spiral:
            ident = spiral.record(HI, "Hello.")
            made = spiral.feedback_token(ident, end_user="anna", hours=1)
        page = httpx2.Client(transport=InProcess(doors), base_url="http://127.0.0.1")
        token = {"authorization": f"Bearer {made.token}"}
        with page:
            said = page.post("/api/v1/response-feedback", json={"thumbs": "up"}, headers=token)
        assert said.status_code == 201, said.text
        [kept] = app.runtime.store.feedback.about(app.workspace, [made.interaction])
        assert (kept.rater, kept.score, made.interaction) == ("anna", 1.0, ident)


@pytest.mark.anyio
async def test_the_async_client_asks_too_and_tells_why_it_was_refused(data: Path) -> None:
    with App(load(data=data), nights=False) as app:
        key = (data / "key").read_text().strip()
        async with AsyncUpspiral.in_process(create_app(app), key=key, agent="support") as spiral:
            assert (await spiral.feedback_token("int_1")).token.startswith("upf_")
            with pytest.raises(InvalidInput, match="hours"):
                await spiral.feedback_token("int_1", hours=-1)
