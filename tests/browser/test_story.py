"""One day of one person: sign in, watch a canary live, take it back, label, and rate an answer elsewhere."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenContext, find_violations
from tests.browser.console_server import Server
from tests.browser.foreign import POLICY, Shop, ask_token, list_feedback, record_answer, write_page
from tests.waiting import PATIENCE_S, until

from upspiral.testing import FakeProvider

SHOP_AGENT = "shop"
SETTINGS = """
[feedback]
origins = ["{origin}"]
[cycle]
canary_every_s = 0.5
"""
QUESTION = "Where is my parcel, please?"
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """An application of somebody else."""
    with Shop().serving() as opened:
        yield opened


@pytest.fixture(scope="module")
def server(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a history, with an agent that answers, and with a second version of it as a canary."""
    settings = SETTINGS.format(origin=shop.url)
    running = Server(tmp_path_factory.mktemp("story") / "data", settings=settings)
    shop.policy = POLICY.format(server=running.url)
    with FakeProvider() as provider:
        begin_canary(running, provider)
        yield running
        running.process.terminate()
        running.process.wait()


def begin_canary(server: Server, provider: FakeProvider) -> None:
    """Make an agent, and roll a second version of it out beside the first."""
    model = {"model": "openai-compatible:shop-bot", "url": provider.url}
    server.ask("POST", "/api/v1/agents", json={"name": SHOP_AGENT, "model": model})
    changed = {"instructions": "Name the day of delivery."}
    version = server.ask("POST", f"/api/v1/agents/{SHOP_AGENT}/versions", json=changed)
    begin = {"agent": SHOP_AGENT, "story": "deploy", "version": version["id"], "forced": True, "share": 0.5}
    server.ask("POST", "/api/v1/cycles", json=begin)
    until(lambda: find_canary(server))


def find_canary(server: Server) -> dict[str, object] | None:
    """Give the running canary of the shop's agent."""
    found = server.ask("GET", "/api/v1/deployments", params={"agent": SHOP_AGENT})["items"]
    return next((one for one in found if one["state"] == "canary"), None)


def serve_customers(server: Server, first: int, count: int) -> None:
    """Let customers ask through the gateway, and say that all went well."""
    for number in range(first, first + count):
        talk = f"customer-{number}"
        asked = {"model": SHOP_AGENT, "messages": [{"role": "user", "content": f"{QUESTION} {number}"}]}
        server.ask("POST", "/v1/chat/completions", json=asked, headers={"x-conversation-id": talk})
        server.ask("POST", "/api/v1/feedback", json={"conversation": talk, "score": 1.0})


def sign_in(server: Server, page: Page) -> None:
    """Sign in by hand, with the key."""
    page.goto(f"{server.url}/")
    page.get_by_label("Key", exact=True).fill(server.key)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{server.url}/")


def read_arms(page: Page) -> int:
    """Add up the rated conversations of both arms, as the page of a canary shows them."""
    cells = page.get_by_role("region", name="Both arms").locator("tbody tr td.number").all_inner_texts()
    assert cells
    return sum(int(text.replace(",", "")) for text in cells[::2])


def test_a_day_with_the_console(server: Server, shop: Shop, open_context: OpenContext) -> None:
    context = open_context()
    context.set_default_timeout(PATIENCE_S * 1000)
    page = context.new_page()
    sign_in(server, page)

    # a canary runs: its page changes by itself while customers say how it went
    page.get_by_role("link", name=f"Canary of {SHOP_AGENT}").click()
    page.get_by_role("heading", name=f"{SHOP_AGENT}@2 beside {SHOP_AGENT}@1").wait_for()
    page.evaluate("window.notReloaded = true")
    before = read_arms(page)
    serve_customers(server, 0, 12)
    until(lambda: read_arms(page) >= before + 12, "the page never showed what customers said")
    serve_customers(server, 12, 8)
    until(lambda: read_arms(page) >= before + 20, "the page stood still after its first change")
    assert page.evaluate("window.notReloaded"), "it came by itself, not by a reload"

    # it is rolled back
    page.get_by_text(f"Roll back {SHOP_AGENT}").click()
    page.get_by_label("Why").fill("The tone is wrong.")
    page.get_by_role("button", name="Roll back now").click()
    page.get_by_text("The version was rolled back.").wait_for()
    assert find_canary(server) is None
    ended = server.ask("GET", "/api/v1/deployments", params={"agent": SHOP_AGENT})["items"][0]
    assert (ended["state"], ended["reason"]) == ("rolled_back", "The tone is wrong.")

    # ten pairs are labeled by the keyboard
    page.get_by_role("link", name="Labels").click()
    page.get_by_role("region", name="Comparisons").get_by_role("link").first.click()
    for done in range(10):
        page.get_by_text(re.compile(rf"\b{done} pairs? labeled by you")).wait_for()
        page.keyboard.press("12t"[done % 3])
    page.get_by_text("10 pairs labeled by you").wait_for()
    labels = server.ask("GET", f"/api/v1/evaluations/{server.site.comparison}/labels")["items"]
    assert len(labels) == 10

    # a visitor of the shop rates an answer, and the console shows it
    record_answer(server, "elsewhere-1", end_user="anna")
    rate_elsewhere(server, shop, open_context().new_page())
    page.get_by_role("link", name="Interactions").click()
    page.get_by_role("row", name="It left this morning.").get_by_role("link").click()
    page.get_by_role("region", name="Signals").get_by_text("anna").wait_for()
    assert find_violations(page) == []


def rate_elsewhere(server: Server, shop: Shop, page: Page) -> None:
    """Rate an answer as bad in the page of another application, which holds no key."""
    token = ask_token(server, "elsewhere-1")
    place = f'server="{server.url}" response-id="elsewhere-1" token="{token}"'
    rating = f"<response-feedback {place}></response-feedback>"
    shop.files["/"] = write_page(server, rating)
    page.goto(shop.url)
    page.get_by_role("button", name="Bad answer").click()
    expect(page.get_by_role("status")).to_have_text("Thank you for your feedback.")
    [kept] = list_feedback(server, "elsewhere-1")
    assert (kept["rater"], kept["score"]) == ("anna", 0.0)
