"""The page of the API works without any other host."""

import re

import httpx2
import pytest

pytestmark = pytest.mark.anyio
URL = re.compile(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]+", re.IGNORECASE)


async def test_the_page_names_no_other_host_and_runs_no_script_of_its_own(api: httpx2.AsyncClient) -> None:
    page = await api.get("/docs", headers={"authorization": ""})
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert not URL.search(page.text)
    assert not re.search(r"<script>|<style|\son\w+=|style=", page.text)
    start = (await api.get("/docs/start.js")).text
    assert not URL.search(start)
    assert "validatorUrl: null" in start  # else Swagger UI would tell a host of its own where we are


async def test_every_file_of_the_page_comes_from_this_server(api: httpx2.AsyncClient) -> None:
    page = await api.get("/docs")
    files = re.findall(r'(?:src|href)="(docs/[^"]+)"', page.text)
    assert len(files) == 3
    for file in files:
        answer = await api.get(f"/{file}")
        assert answer.status_code == 200
        assert "nosniff" in answer.headers["x-content-type-options"]
    assert len((await api.get("/docs/swagger-ui-bundle.js")).content) > 1_000_000


async def test_the_policy_of_the_page_forbids_every_other_host(api: httpx2.AsyncClient) -> None:
    for path in ("/docs", "/docs/start.js"):
        policy = (await api.get(path)).headers["content-security-policy"]
        allowed = dict(one.split(" ", 1) for one in policy.split("; "))
        assert allowed["default-src"] == "'none'"
        assert allowed["script-src"] == allowed["style-src"] == allowed["connect-src"] == "'self'"
        assert "unsafe" not in policy
        assert not URL.search(policy)


@pytest.mark.parametrize("file", ["core.py", "..%2F__init__.py", "redoc.standalone.js", "%2e%2e/app.py"])
async def test_no_other_file_is_sent(api: httpx2.AsyncClient, file: str) -> None:
    assert (await api.get(f"/docs/{file}")).status_code in (404, 422)
