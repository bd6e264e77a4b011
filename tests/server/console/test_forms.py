"""Every form changes the real thing, and a command shows it."""

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from msgspec import Struct
from tests.cli.running import run
from tests.server.conftest import wait_for_night
from tests.server.console.conftest import Browser, Door, list_routes
from tests.server.console.site import AGENT, Site

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.admin.keys import make_key
from upspiral.app import App
from upspiral.domain import Cycle, Scope
from upspiral.domain.ids import AgentId, CycleId
from upspiral.testing.provider import FakeProvider

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery staple"
OTHER_AGENT, OTHER_NIGHT = AgentId("billing"), CycleId("cyc_billing")
APART = ("/sign-in", "/sign-out", "/theme", "/settings/sign-out-everywhere", "/settings/webhooks/test")
"""Forms that change only who is signed in and how it looks; and a test, which changes nothing here."""
BY_THE_SAME_COMMAND = "/labels/{}/decision"
"""Asks the gate, as does the command that would show it; test_labels has it."""
SCHEDULES, WEBHOOKS = "schedules list --json", "webhooks list --json"
PASSWORDS, SEALED = "keys list-passwords --json", "keys list-provider --json"


class FormCase(Struct, frozen=True):
    """One form: what is filled in, and which command then says what."""

    page: str
    path: str
    fields: Mapping[str, str]
    command: str
    says: str
    """A pattern in what the command prints afterwards, and not before."""


def in_schedule(name: str, says: str) -> str:
    """Give a pattern of what one schedule holds."""
    return rf'"name":\s*"{name}"[^}}]*{says}'


def without(text: str) -> str:
    """Give a pattern of what does not hold a text."""
    return rf"\A(?![\s\S]*{text})"


def list_settings_cases(site: Site, key: str) -> list[FormCase]:
    """Give a case for every form of the settings, in an order in which none is in the way of the next."""
    webhook, billing = {"name": str(site.webhook)}, f"agents show {AGENT} --json"
    cases = [
        ("schedules", "time-zone", {"time_zone": "Europe/Rome"}, "workspace show", "Europe/Rome"),
        ("schedules", "schedules/change", {"name": "trust", "rhythm": "every 4h"}, SCHEDULES, "every 4h"),
        ("schedules", "schedules", {"name": "purge"}, SCHEDULES, in_schedule("purge", "Interactions were")),
        ("agents", f"agents/{AGENT}", {"description": "About parcels."}, billing, "About parcels"),
        ("keys", "keys", {"name": "the shop", "role": "viewer"}, "keys list --json", "the shop"),
        ("people", "passwords", {"name": "ben", "key": key, "password": PASSWORD}, PASSWORDS, '"ben"'),
        ("people", "passwords/remove", {"name": "ben"}, PASSWORDS, without('"ben"')),
        ("keys", "keys/revoke", {"name": key}, "keys list --json", r'"revoked":\s*"'),
        ("provider-keys", "provider-keys", {"name": "SOME_KEY", "key": "sk-1"}, SEALED, "SOME_KEY"),
        ("provider-keys", "provider-keys/remove", {"name": "SOME_KEY"}, SEALED, without("SOME_KEY")),
        ("webhooks", "webhooks", {"address": "https://chat.example.net/a"}, WEBHOOKS, r"chat\.example\.net"),
        ("webhooks", "webhooks/rotate", webhook, WEBHOOKS, r'"rotated":\s*"'),
        ("webhooks", "webhooks/remove", webhook, WEBHOOKS, without("whk_site")),
    ]
    return [
        FormCase(f"/settings?part={part}", f"/settings/{path}", fields, command, says)
        for part, path, fields, command, says in cases
    ]


def list_loop_cases(site: Site, *, url: str, first: str) -> list[FormCase]:
    """Give a case for every other form.

    Args:
        site: What was planted.
        url: Of a model that answers.
        first: Id of the Interaction whose answer stands in the first pair.
    """
    label = {"pair": "pair_0", "better": "first"}
    moved = {"agent": AGENT, "model": "openai-compatible:other", "url": url, "cases": "5", "recorded": "yes"}
    approval = {"answer": "approve", "by": "Anna"}
    pairs, text, night = f"/labels/{site.comparison}", f"/levers/{site.approval}", f"/nights/{OTHER_NIGHT}"
    learned = in_schedule("learning", '"began"')
    return [
        FormCase("/learning", "/learning", {}, SCHEDULES, learned),
        FormCase(pairs, pairs, label, f"explain {first}", "preference"),
        FormCase(text, text, approval, "approve --all --json", "Anna"),
        FormCase("/migration", "/migration", moved, f"agents show {AGENT} --json", '"number":\\s*4'),
        FormCase(night, f"{night}/cancel", {"reason": "Enough."}, "history", "Enough"),
        FormCase(
            f"/deployments/{site.canary}", "/deployments/rollback", {"agent": AGENT}, "history", "olled back"
        ),
        FormCase("/nights", "/nights", {"agent": AGENT}, f"history {AGENT} --json", r'("story"[\s\S]*){6}'),
        FormCase("/training", "/training", {"agent": AGENT}, "history", r"support train"),
    ]


def plant_running_night(app: App) -> None:
    """Plant a night of another agent that is under way."""
    model, now = ModelSpec("openai-compatible:m", url="http://127.0.0.1:9/v1"), app.runtime.now()
    create_agent(app.runtime, app.workspace, OTHER_AGENT, model=model)
    began = now - timedelta(hours=1)
    app.runtime.store.cycles.add(
        Cycle(
            id=OTHER_NIGHT,
            workspace=app.workspace,
            agent=OTHER_AGENT,
            started=began,
            since=began,
            until=now,
        )
    )


def say(app: App, command: str) -> str:
    """Run a command on the data folder; give what it prints, on one line."""
    ran = run(*command.split(), data=app.settings.data, COLUMNS="300")
    return f"{ran.stdout}{ran.stderr}"


async def check_form(app: App, browser: Browser, case: FormCase) -> None:
    """Send a form, and see that the command says what was changed."""
    execute = asyncio.get_running_loop().run_in_executor  # a command begins an event loop of its own
    before = await execute(None, say, app, case.command)
    assert not re.search(case.says, before), f"{case.path}: {before}"
    answer = await browser.send(case.page, case.path, case.fields)
    assert answer.status_code in (200, 303), f"{case.path}: {answer.text}"
    night = re.match(r"/nights/(cyc_\w+)\?notice=started", answer.headers.get("location", ""))
    if night:
        await execute(None, wait_for_night, app, night[1])
    after = await execute(None, say, app, case.command)
    assert re.search(case.says, after), f"{case.path}: {after}"


@pytest.mark.long
async def test_every_form_changes_what_a_command_shows(
    app: App, site: Site, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upspiral.admin.webhooks.check_reach", lambda *_: None)
    runtime = app.runtime
    plant_running_night(app)
    _, key = make_key(runtime.store, app.workspace, name="ben", scopes=[Scope.READ], now=runtime.now())
    first = runtime.store.examples.get(app.workspace, "ex_0").interaction
    with FakeProvider() as provider:
        cases = list_settings_cases(site, key.id) + list_loop_cases(site, url=provider.url, first=first)
        own = {"name": "carla", "password": PASSWORD}
        cases.append(FormCase("/settings?part=people", "/settings/own-password", own, PASSWORDS, "carla"))
        forms = {path.replace(site.night, OTHER_NIGHT) for path in list_routes(site, "POST")}
        assert {case.path for case in cases} == forms - {*APART, BY_THE_SAME_COMMAND.format(site.comparison)}
        for case in cases:
            await check_form(app, admin, case)


GARBAGE = ("", "nobody", "-1", "NaN", "a\x00b", "\ud800", "x" * 5000, "<b>'--")
FIELDS = (
    *("agent", "name", "model", "url", "key_env", "cases", "recorded", "deploy", "rhythm", "time_zone"),
    *("role", "key", "password", "address", "event", "description", "teacher", "teacher_url", "teacher_key"),
    *("levers", "shadow_share", "budget_tokens", "budget_usd", "answer", "by", "pair", "better", "skip"),
    *("reason", "link", "next", "theme"),
)
"""Every field that a form has."""


@pytest.mark.long
async def test_no_form_fails_inside_whatever_is_filled_in(
    app: App, site: Site, admin: Browser, door: Door
) -> None:
    token = await admin.read_token("/")
    for path in list_routes(site, "POST"):
        if path in ("/sign-out", "/settings/sign-out-everywhere", f"/nights/{site.night}/cancel"):
            continue
        for text in GARBAGE:
            given = dict.fromkeys(FIELDS, text.encode("utf-8", "surrogatepass"))
            answer = await admin.client.post(path, data={"form_token": token, **given})
            assert answer.status_code < 500, f"{path} with {text[:20]!r}: {answer.text}"
            assert "<b>'--" not in answer.text
