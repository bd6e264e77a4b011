"""Pages load the component from one address; what it loads may be kept by browsers for good."""

import re

import httpx2
import pytest

from upspiral.server.browser.component_files import name_version, read_files

pytestmark = pytest.mark.anyio


async def test_the_address_that_stays_names_files_that_never_change(api: httpx2.AsyncClient) -> None:
    del api.headers["authorization"]  # they are for everybody
    entry = await api.get("/component/feedback.js")
    assert entry.headers["cache-control"] == "public, no-cache"
    [path] = re.findall(r'"\./(.+)"', entry.text)
    assert path == f"{name_version()}/feedback.js"
    wanted, seen = {path.partition("/")[2]}, set()
    while wanted:
        name = wanted.pop()
        module = await api.get(f"/component/{name_version()}/{name}")
        assert module.status_code == 200
        assert module.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "immutable" in module.headers["cache-control"]
        seen.add(name)
        wanted |= set(re.findall(r'from "\./(.+?)"', module.text)) - seen
    assert seen == set(read_files())


@pytest.mark.parametrize(
    "path",
    [
        "000000000000/feedback.js",
        f"{name_version()}/nothing.js",
        f"{name_version()}/__init__.py",
        f"{name_version()}/..%2f..%2fapp.py",
    ],
)
async def test_another_version_and_any_other_file_are_not_found(api: httpx2.AsyncClient, path: str) -> None:
    said = await api.get(f"/component/{path}")
    assert (said.status_code, said.json()["code"]) == (404, "not_found")


async def test_the_modules_write_no_markup_and_load_nothing_from_elsewhere() -> None:
    for name, content in read_files().items():
        text = content.decode()
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
        ), name
        assert set(re.findall(r"https?://[\w.]+", text)) <= {"http://www.w3.org"}, name
