"""The browser of the tests hears what pages complain about, and sees what keeps people out."""

from typing import Any

import pytest
from tests.browser.conftest import OpenContext, find_violations


def test_a_page_that_keeps_people_out_is_found(open_context: OpenContext) -> None:
    page = open_context().new_page()
    page.set_content(
        '<!doctype html><html lang="en"><title>A</title><main><h1>A</h1><button></button></main>'
    )
    [found] = find_violations(page)
    assert found.startswith("button-name")
    page.set_content(
        '<!doctype html><html lang="en"><title>A</title><main><h1>A</h1><button>B</button></main>'
    )
    assert find_violations(page) == []


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("console.error('broken')", "broken"),
        ("setTimeout(() => { throw new Error('thrown') })", "thrown"),
        ("fetch('http://127.0.0.2:9/x').catch(() => 0)", "asked another host: http://127.0.0.2:9/x"),
    ],
)
def test_what_a_page_complains_about_is_heard(open_context: OpenContext, script: str, complaint: str) -> None:
    context: Any = open_context()
    page = context.new_page()
    page.set_content(f"<script>{script}</script>")
    page.wait_for_timeout(300)
    assert any(complaint in one for one in context.complaints)
    context.complaints.clear()
