"""The examples of the feedback component do what they show: a page asks, and its visitor rates the answer."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenContext, find_violations
from tests.browser.foreign import list_feedback

from upspiral.testing import FakeProvider
from upspiral.testing.site import Site

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "feedback_component"
MODULES = Path(__file__).parent / "node_modules"
REACT = {
    "react": "react/cjs/react.production.js",
    "react/jsx-runtime": "react/cjs/react-jsx-runtime.production.js",
    "react-dom": "react-dom/cjs/react-dom.production.js",
    "react-dom/client": "react-dom/cjs/react-dom-client.production.js",
    "scheduler": "scheduler/cjs/scheduler.production.js",
}


@contextmanager
def run_chat(site: Site, folder: Path = EXAMPLE) -> Iterator[str]:
    """Run the example's server on the page of a folder; give its address."""
    words = [sys.executable, str(EXAMPLE / "chat.py"), "0", str(folder)]
    mine = {"UPSPIRAL_URL": site.url, "UPSPIRAL_KEY": site.key}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | mine) as running:
        assert running.stdout is not None
        try:
            yield running.stdout.readline().strip()
        finally:
            running.terminate()


pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with an agent, which lets any page give feedback: the example's port is not known before."""
    data = tmp_path_factory.mktemp("upspiral") / "data"
    data.mkdir()
    (data / "upspiral.toml").write_text('[feedback]\norigins = ["*"]\n')
    with FakeProvider() as provider, Site(data) as opened:
        model = {"model": "openai-compatible:shop-bot", "url": provider.url}
        with opened.client() as rest:
            made = rest.post("/api/v1/agents", json={"name": "support", "model": model})
        assert made.status_code == 201, made.text
        yield opened


def ask(page: Page, question: str) -> str:
    """Ask the assistant; give the id of its answer."""
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Ask").click()
    message = page.locator("response-message").last
    expect(message.locator(".text").last).to_have_text(f"You said: {question}")
    return str(message.evaluate("(one) => one.responseId"))


def test_the_plain_page_asks_and_its_visitor_rates(site: Site, open_context: OpenContext) -> None:
    with run_chat(site) as url:
        page = open_context().new_page()
        page.goto(url)
        first, second = ask(page, "Where is it?"), ask(page, "And now?")
        assert find_violations(page) == []
        page.get_by_role("button", name="Bad answer").last.click()
        expect(page.get_by_role("status").last).to_have_text("Thank you for your feedback.")
    assert list_feedback(site, first) == []
    [kept] = list_feedback(site, second)
    with site.client() as rest:
        asked = rest.get(f"/api/v1/interactions/{second}").json()["interaction"]
    assert (kept["score"], kept["rater"]) == (0.0, asked["end_user"])


def test_the_page_in_react_does_the_same(site: Site, open_context: OpenContext, tmp_path: Path) -> None:
    with run_chat(site, build_react(tmp_path, site.url)) as url:
        page = open_context().new_page()
        page.goto(url)
        ident = ask(page, "Where is it?")
        page.get_by_role("radio", name="4 stars").click(force=True)
        expect(page.get_by_role("status")).to_have_text("Thank you for your feedback.")
    assert [one["score"] for one in list_feedback(site, ident)] == [0.75]


def build_react(folder: Path, server: str) -> Path:
    """Compile the example to one module with React in it, as a bundler would."""
    shutil.copytree(EXAMPLE / "react", folder / "react")
    (folder / "node_modules").mkdir()
    for name in ("react", "react-dom", "@types", "csstype"):
        (folder / "node_modules" / name).symlink_to(MODULES / name)
    mine = folder / "node_modules" / "upspiral-js"
    tsc = str(MODULES / ".bin" / "tsc")
    package = ROOT / "packages" / "upspiral-js"
    subprocess.run(["node", package / "build.mjs", mine, tsc], check=True, timeout=300)
    for name in ("package.json", "react.d.ts"):
        shutil.copy(package / name, mine)
    script = ["--module", "commonjs", "--moduleResolution", "node10", "--noCheck"]
    script += ["--jsx", "react-jsx", "--target", "es2022"]
    for words in ([tsc, "-p", "react", "--noEmit"], [tsc, "react/Chat.tsx", *script]):
        ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
        assert ran.returncode == 0, ran.stdout
    sources = {name: (MODULES / path).read_text() for name, path in REACT.items()}
    sources |= {"chat": (folder / "react" / "Chat.js").read_text()}
    modules = ",".join(
        f"{name!r}: (module, exports, require) => {{{text}\n}}" for name, text in sources.items()
    )
    bundle = f"""import "{server}/component/feedback.js";
const modules = {{{modules}}};
const made = {{"upspiral-js/component": {{exports: {{}}}}}};
function require(name) {{
  if (!made[name]) {{
    made[name] = {{exports: {{}}}};
    modules[name](made[name], made[name].exports, require);
  }}
  return made[name].exports;
}}
require("chat");
"""
    (folder / "react" / "chat.js").write_text(bundle)
    return folder / "react"
