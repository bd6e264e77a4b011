"""Which models end when, and what comparisons with other models proved."""

from datetime import date
from types import SimpleNamespace

import pytest
from tests.server.console.conftest import Browser
from tests.server.console.site import AGENT, Site

from upspiral.server.console.migration import to_models

pytestmark = pytest.mark.anyio


async def test_migration_shows_models_and_verdicts(site: Site, admin: Browser) -> None:
    page = await admin.open("/migration")
    for text in ("small-model", "no end is known", "openai-compatible:gpt-4o", "inconclusive", "support@3"):
        assert text in page


async def test_a_comparison_without_a_model_or_with_no_number_says_so(site: Site, admin: Browser) -> None:
    for fields, told in (
        ({"agent": AGENT, "model": " ", "cases": "5"}, "No model is named."),
        ({"agent": AGENT, "model": "gpt-4o", "cases": "many"}, "no number of conversations"),
        ({"agent": "nobody", "model": "gpt-4o", "cases": "5"}, "nobody"),
    ):
        answer = await admin.send("/migration", "/migration", fields)
        assert answer.status_code in (404, 422)
        assert told in answer.text


def test_models_stand_in_the_order_in_which_they_end() -> None:
    ends = {"old": date(2026, 1, 1), "soon": date(2026, 2, 1), "later": date(2027, 1, 1), "never": None}
    models = [SimpleNamespace(agent=one, model=SimpleNamespace(name=one), ends=ends[one]) for one in ends]
    rows = to_models(models[::-1], date(2026, 1, 10)).rows  # type: ignore[arg-type]
    assert [(row[0].text, row[4].text) for row in rows] == [
        ("old", "switched off"),
        ("soon", "ends soon"),
        ("later", "goes on"),
        ("never", "no end is known"),
    ]
