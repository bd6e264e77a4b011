"""People rate answers in the pages of an application, which have another origin and no key."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenContext, find_violations
from tests.browser.foreign import Shop, ask_token, list_feedback, open_shop, record_answer, write_page
from tests.docs.test_pages import read_blocks

from upspiral.testing.site import Site

ROOT = Path(__file__).parents[2]
Opened = tuple[Site, Shop]
PICTURES = os.environ.get("PICTURES")
"""A folder for screenshots, where somebody wants to look at them."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A server of Upspiral and a shop."""
    with open_shop(tmp_path_factory.mktemp("shop") / "data") as both:
        yield both


def show(opened: Opened, page: Page, body: str, **more: str) -> None:
    """Show a page of the shop that holds some elements."""
    site, shop = opened
    shop.files["/"] = write_page(site, body, **more)
    page.goto(shop.url)
    page.evaluate("customElements.whenDefined('response-message').then(() => true)")


def element(site: Site, ident: str, variant: str, token: str, more: str = "") -> str:
    """Write the element that rates one answer."""
    place = f'server="{site.url}" response-id="{ident}" token="{token}"'
    return f'<response-feedback variant="{variant}" {place} {more}></response-feedback>'


def take_picture(page: Page, name: str) -> None:
    """Keep a screenshot where somebody wants to look at it."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def test_a_page_of_another_origin_rates_an_answer(opened: Opened, open_context: OpenContext) -> None:
    site, _ = opened
    record_answer(site, "thumbs-1", end_user="anna")
    page = open_context().new_page()
    show(opened, page, element(site, "thumbs-1", "thumbs", ask_token(site, "thumbs-1")))
    page.get_by_role("button", name="Bad answer").click()
    expect(page.get_by_role("status")).to_have_text("Thank you for your feedback.")
    expect(page.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "true")
    [kept] = list_feedback(site, "thumbs-1")
    assert (kept["rater"], kept["score"]) == ("anna", 0.0)
    page.get_by_role("button", name="Good answer").click()
    expect(page.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "false")
    page.evaluate("document.querySelector('response-feedback').client.flush()")
    [kept] = list_feedback(site, "thumbs-1")
    assert kept["score"] == 1.0


def test_everything_is_reached_by_the_keyboard_alone(opened: Opened, open_context: OpenContext) -> None:
    site, _ = opened
    record_answer(site, "full-1")
    page = open_context().new_page()
    show(opened, page, element(site, "full-1", "full", ask_token(site, "full-1", end_user="ben")))
    press = page.keyboard.press
    press("Tab")  # the stars are one stop
    press("ArrowRight")
    press("ArrowRight")
    press("Tab")  # helpful
    press("Tab")
    press("Space")  # wrong
    for _ in range(4):
        press("Tab")
    page.keyboard.type("It did not.")
    press("Tab")
    page.keyboard.type("It leaves tomorrow.")
    press("Tab")
    press("Enter")
    expect(page.get_by_role("status")).to_have_text("Thank you for your feedback.")
    [kept] = list_feedback(site, "full-1")
    assert (kept["label"], kept["comment"]) == ("wrong", "It did not.")
    assert (kept["correction"], kept["rater"]) == ("It leaves tomorrow.", "ben")
    assert kept["score"] in (0.25, 0.5)  # the first arrow chooses, or goes on from, the first star


def test_stars_are_sent_once_though_the_arrow_keys_pass_over_others(
    opened: Opened, open_context: OpenContext
) -> None:
    site, _ = opened
    record_answer(site, "stars-1")
    page = open_context().new_page()
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    show(opened, page, element(site, "stars-1", "stars", ask_token(site, "stars-1")))
    page.get_by_role("radio", name="2 stars").click(force=True)
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("status")).to_have_text("Thank you for your feedback.")
    assert len(sent) == 1
    assert [one["score"] for one in list_feedback(site, "stars-1")] == [0.75]


def test_the_token_of_another_answer_is_refused(opened: Opened, open_context: OpenContext) -> None:
    site, _ = opened
    for ident in ("mine", "theirs"):
        record_answer(site, ident)
    context: Any = open_context()
    page = context.new_page()
    show(opened, page, element(site, "theirs", "thumbs", ask_token(site, "mine")))
    page.get_by_role("button", name="Bad answer").click()
    expect(page.get_by_role("status")).to_have_text("Your feedback could not be sent.")
    assert list_feedback(site, "theirs") == []
    assert list_feedback(site, "mine") == []
    assert any("403" in one for one in context.complaints)
    context.complaints.clear()


def test_what_is_said_offline_is_sent_once_when_the_network_is_back(
    opened: Opened, open_context: OpenContext
) -> None:
    site, _ = opened
    record_answer(site, "offline-1")
    context: Any = open_context()
    page = context.new_page()
    show(opened, page, element(site, "offline-1", "thumbs", ask_token(site, "offline-1")))
    context.set_offline(True)
    page.get_by_role("button", name="Bad answer").click()
    page.get_by_role("button", name="Good answer").click()
    expect(page.get_by_role("status")).to_contain_text("Saved", timeout=60_000)
    assert list_feedback(site, "offline-1") == []
    page.close()  # and it outlives the page
    context.set_offline(False)
    later = context.new_page()
    posts: list[str] = []
    later.on("request", lambda one: posts.append(one.url) if one.method == "POST" else None)
    record_answer(site, "other")
    show(opened, later, element(site, "other", "thumbs", ask_token(site, "other")))
    later.evaluate("document.querySelector('response-feedback').client.flush()")
    assert [one["score"] for one in list_feedback(site, "offline-1")] == [1.0]
    assert len(posts) == 1
    later.evaluate("document.querySelector('response-feedback').client.flush()")
    assert len(posts) == 1
    assert all("ERR_INTERNET_DISCONNECTED" in one for one in context.complaints)
    context.complaints.clear()


HOSTILE = [
    '<img src=x onerror="console.error(1)">',
    "</p></div></template><script>console.error(2)</script>",
    "<svg/onload=console.error(3)>",
    '"><iframe srcdoc="<script>parent.console.error(4)</script>"></iframe>',
    "<a href=javascript:console.error(5)>click</a>",
    "![x](http://127.0.0.2:9/pixel) [link](javascript:console.error(6))",
    "<style>@import 'http://127.0.0.2:9/style'</style><link rel=stylesheet href=http://127.0.0.2:9/style>",
    "<form action=http://127.0.0.2:9/form><button autofocus onfocus=console.error(7)>x</button></form>",
    "<object data=http://127.0.0.2:9/o></object><embed src=http://127.0.0.2:9/e><base href=http://127.0.0.2:9/>",
    "${console.error(8)} {{console.error(9)}} <%= console.error(10) %>",
    "<noscript><p title='</noscript><img src=x onerror=console.error(11)>'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=console.error(12)>",
    "&lt;script&gt;console.error(13)&lt;/script&gt; &#x3c;b&#x3e;",
    "\u202ereversed\u202c \u0000 \u200b <b>bold</b>",
]
"""What models write, or are made to write, to act in the page of whoever reads it."""


def test_a_message_shows_what_a_model_wrote_as_text(opened: Opened, open_context: OpenContext) -> None:
    site, _ = opened
    page = open_context().new_page()
    show(opened, page, f'<response-message server="{site.url}" token="t"></response-message>')
    message = page.locator("response-message")
    for text in HOSTILE:
        page.evaluate(FILL, text)
        page.wait_for_timeout(50)
        assert (
            message.evaluate("(one) => one.shadowRoot.querySelector('.mine + .turn .text').textContent")
            == text
        )
        assert set(list_elements(page)) <= PARTS
    assert message.locator("time").get_attribute("datetime") == "1970-01-01T00:00:00.000Z"


FILL = """(text) => Object.assign(document.querySelector("response-message"), {
  query: text, response: text, responseId: text, modelId: text, lang: text, labels: text,
  translations: JSON.stringify({you: text}), feedbackVariant: "full", timestamp: new Date(0)
})"""
CONTAINERS = frozenset(
    ("article", "div", "fieldset", "form", "label", "legend", "p", "response-feedback", "span")
)
PARTS = CONTAINERS | {"button", "input", "path", "svg", "textarea", "time"}
"""Every kind of element that the component is made of."""


def list_elements(page: Page) -> list[str]:
    """Give the names of all elements that the component holds."""
    names: list[str] = page.evaluate(
        """() => {
          const find = (root) => [...root.querySelectorAll("*")].flatMap((one) =>
            [one.localName, ...(one.shadowRoot ? find(one.shadowRoot) : [])]);
          return find(document.querySelector("response-message").shadowRoot);
        }"""
    )
    return names


PAGES = [page for page in sorted((ROOT / "docs").rglob("*.md")) if read_blocks(page, "html")]


@pytest.mark.parametrize("page_of_docs", PAGES, ids=lambda page: page.stem)
def test_the_elements_of_the_pages_of_the_documentation_work(
    opened: Opened, open_context: OpenContext, page_of_docs: Path
) -> None:
    site, shop = opened
    [block] = read_blocks(page_of_docs, "html")
    [written] = re.findall(r'response-id="(.+?)"', block)
    ident = f"docs-{page_of_docs.stem}"
    record_answer(site, ident)
    block = block.replace("https://upspiral.example", site.url).replace(written, ident)
    page = open_context().new_page()
    shop.files["/docs"] = write_page(site, block.replace("upf_...", ask_token(site, ident)))
    page.goto(f"{shop.url}/docs")
    page.get_by_role("button", name="Good answer").click()
    expect(page.get_by_role("status")).to_have_text("Thank you for your feedback.")
    assert [one["score"] for one in list_feedback(site, ident)] == [1.0]


LOOKS: list[tuple[str, dict[str, Any], str]] = [
    ("light", {"color_scheme": "light"}, "en"),
    ("dark", {"color_scheme": "dark"}, "de"),
    ("phone", {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}, "fr"),
    ("right-to-left", {"color_scheme": "light"}, "ar"),
    ("reduced", {"reduced_motion": "reduce", "forced_colors": "active"}, "en"),
]


@pytest.mark.parametrize(("name", "options", "lang"), LOOKS, ids=[name for name, _, _ in LOOKS])
def test_every_variant_keeps_the_rules_of_accessibility(
    opened: Opened, open_context: OpenContext, name: str, options: dict[str, Any], lang: str
) -> None:
    site, _ = opened
    record_answer(site, name)
    token = ask_token(site, name)
    page = open_context(**options).new_page()
    message = (
        f'<response-message server="{site.url}" response-id="{name}" token="{token}" model-id="shop-bot"'
        ' query="Where is my parcel?" response="It left this morning.\nIt arrives on Friday."'
        ' timestamp="2026-01-05T12:00:00Z" feedback-variant="full"></response-message>'
    )
    parts = [element(site, name, variant, token) for variant in ("thumbs", "stars")]
    direction = ' dir="rtl"' if lang == "ar" else ""
    show(opened, page, message + "<hr>" + "<hr>".join(parts), html=f'lang="{lang}"{direction}')
    page.locator("response-feedback[variant=stars] input").nth(3).click(force=True)
    expect(page.locator("response-feedback[variant=stars] .status")).not_to_be_empty()
    page.evaluate("document.querySelector('response-feedback').client.flush()")
    take_picture(page, name)
    assert find_violations(page) == []
    box = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert box[0] <= box[1]  # nothing has to be scrolled sideways
