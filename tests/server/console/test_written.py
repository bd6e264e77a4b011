"""No page renders constants: each shows values that were written a moment ago, words and numbers alike.

`Quetzal` and these numbers stand in nothing that is planted.
"""

from typing import Any

import pytest
from msgspec import structs
from tests.server.console.conftest import Browser, list_routes, name_ids
from tests.server.console.site import AGENT, Site
from tests.waiting import PATIENCE_S

from upspiral.admin.keys import grant_key
from upspiral.app import App
from upspiral.domain import RaterWeight, Scope
from upspiral.domain.access import AuditEntry
from upspiral.domain.ids import KeyId

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(PATIENCE_S)]
CHANGES: dict[str, dict[str, Any]] = {
    "cycles": {"reason": "Quetzal cycle"},
    "interactions": {"answer": "Quetzal answer", "latency_ms": 9871.0},
    "feedback": {"comment": "Quetzal comment", "correction": None},
    "patterns": {"name": "Quetzal weakness", "failures": 8765, "conversations": 9999},
    "lever_trials": {"reason": "Quetzal trial"},
    "approvals": {"summary": "Quetzal text"},
    "deployments": {"reason": "Quetzal watch", "stable_n": 7654},
    "choices": {"probability": 0.345},
    "training_jobs": {"total_steps": 6543, "loss": 3.219},
    "deliveries": {"note": "Quetzal delivery", "attempts": 543},
    "webhooks": {"shown": "https://quetzal.example/"},
    "agents": {"description": "Quetzal agent"},
    "rollups": {"model": "Quetzal model"},
}
"""What is written into each table, over what was planted."""
SHOWN: dict[str, tuple[str, ...]] = {
    "/": ("Quetzal cycle", "of 7654"),
    "/interactions": ("Quetzal answer", "9871"),
    "/interactions/{interaction}": ("Quetzal answer", "9871 ms", "Quetzal comment"),
    "/quality": ("Quetzal comment",),
    "/weaknesses": ("Quetzal weakness", "8,765"),
    "/weaknesses/{pattern}": ("Quetzal weakness", "8765"),
    "/trust": ("Quetzal rater", "1.36", "2,468"),
    "/nights": ("Quetzal cycle",),
    "/nights/{cycle}": ("Quetzal cycle", "Quetzal trial"),
    "/levers": ("Quetzal trial", "Quetzal text"),
    "/levers/{approval}": ("Quetzal text",),
    "/labels": ("98.7 %",),
    "/labels/{evaluation}": ("Quetzal pair",),
    "/deployments": ("Quetzal watch", "of 7654"),
    "/deployments/{deployment}": ("Quetzal watch", "7654"),
    "/migration": ("98.7 %",),
    "/learning": ("Quetzal rule",),
    "/routing": ("34.5",),
    "/training": ("6,543", "3.219"),
    "/training/{job}": ("of 6543", "3.219"),
    "/cost?by=model": ("Quetzal model",),
    "/settings": ("Quetzal agent",),
    "/settings?part=keys": ("Quetzal key",),
    "/settings?part=webhooks": ("https://quetzal.example/",),
    "/settings/webhooks/{webhook}": ("Quetzal delivery", "543"),
    "/settings/agents/{agent}": ("Quetzal agent",),
    "/audit": ("Quetzal person", "Quetzal action"),
}
"""What each page then shows."""


def write_everywhere(app: App, site: Site) -> None:
    """Write words and numbers over what was planted."""
    store, now = app.runtime.store, app.runtime.now()
    for name, values in CHANGES.items():
        rows = getattr(store, name)
        rows.update_where(rows.table.c.workspace == app.workspace, **values)
    for report in store.eval_reports.of(app.workspace, AGENT):
        pairs = tuple(structs.replace(one, candidate_answer="Quetzal pair") for one in report.pairs)
        overall = structs.replace(report.overall, candidate_rate=0.987)
        store.eval_reports.upsert(structs.replace(report, pairs=pairs, overall=overall))
    [run] = store.learning_runs.latest(app.workspace)
    rules = tuple(structs.replace(one, text="Quetzal rule") for one in run.learned.rules)
    store.learning_runs.upsert(structs.replace(run, learned=structs.replace(run.learned, rules=rules)))
    grant_key(app.runtime, app.workspace, name="Quetzal key", scopes=[Scope.READ])
    store.rater_weights.add(make_rater(app, "user:Quetzal rater"))
    entry = AuditEntry(
        id="aud_quetzal",
        workspace=app.workspace,
        at=now,
        key=KeyId("key_quetzal"),
        key_name="Quetzal person",
        via="console",
        action="Quetzal action",
        path="/",
    )
    store.audit_entries.add(entry)


def make_rater(app: App, voice: str) -> RaterWeight:
    """Make what is known of a rater."""
    return RaterWeight(
        id=RaterWeight.id_of(voice),
        workspace=app.workspace,
        at=app.runtime.now(),
        voice=voice,
        weight=1.357,
        weight_good=1.357,
        weight_bad=1.357,
        votes=2468,
        checked=10,
        right=0.8,
        right_on_good=0.8,
        right_on_bad=0.8,
        typical=0.7,
        method="majority",
    )


@pytest.mark.long
async def test_every_page_shows_what_was_just_written(app: App, site: Site, admin: Browser) -> None:
    write_everywhere(app, site)
    missing = []
    for path, expected in SHOWN.items():
        page = await admin.open(path.format(**name_ids(site)))
        missing += [f"{path}: {text}" for text in expected if text not in page]
    assert missing == []


def test_no_page_is_left_out(site: Site) -> None:
    shown = {path.partition("?")[0].format(**name_ids(site)) for path in SHOWN}
    pages = {path for path in list_routes(site, "GET") if not path.startswith("/static")}
    assert pages - shown == {"/sign-in"}
