"""A package from outside the tree adds one of each kind: it passes the contracts, and works at every door."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.plugins.package import KINDS, install, install_guides, read_blocks

from upspiral.testing.site import PROGRAM, Site

SETTINGS = """
[route]
policy = "quickest"
[evaluate]
scorer = "same-numbers"
[curate]
scorer = "same-numbers"
[train]
trainer = "acme"
[capture]
redactors = ["patterns", "acme-names"]
[cycle]
notifiers = ["night-log", "acme-endings"]
nightly = false
"""
TICKETS = [
    {
        "ticket_id": f"t{n}",
        "customer_wrote": f"Where is order {n}?",
        "we_wrote": "On its way.",
        "solved": n > 2,
    }
    for n in range(6)
]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the package of the guides is installed."""
    target = tmp_path_factory.mktemp("site-packages")
    install_guides(target, tmp_path_factory.mktemp("source"))
    return target


@pytest.fixture
def beside(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the processes of this test find the package."""
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join(filter(None, (str(installed), os.environ.get("PYTHONPATH"))))
    )
    return installed


def run(*words: str, data: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command."""
    environment = os.environ | variables
    program = [*PROGRAM, *words, "--data", str(data)]
    return subprocess.run(program, capture_output=True, text=True, check=False, timeout=300, env=environment)


def test_every_plug_in_of_the_guides_passes_its_contract(beside: Path, tmp_path: Path) -> None:
    for kind in KINDS:
        (tmp_path / f"test_{kind.replace('-', '_')}.py").write_text(read_blocks(kind)[1])
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "--rootdir", str(tmp_path)]
    ran = subprocess.run(
        [sys.executable, *words, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        cwd=tmp_path,
    )
    assert ran.returncode == 0, ran.stdout
    assert len({line.split("::")[0] for line in collected(tmp_path)}) == len(KINDS)


def collected(tests: Path) -> list[str]:
    """List the tests that a folder holds."""
    words = [
        "-m",
        "pytest",
        "-q",
        "--collect-only",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tests),
        str(tests),
    ]
    ran = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, cwd=tests)
    return [line for line in ran.stdout.splitlines() if "::" in line]


@pytest.fixture
def site(beside: Path, tmp_path: Path) -> Iterator[Site]:
    """A server whose settings choose a stranger's plug-in wherever one can be chosen."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "upspiral.toml").write_text(SETTINGS)
    with Site(data) as running:
        yield running


def ask(client: httpx2.Client, model: str, text: str) -> Any:
    """Ask the gateway; give the answer as a whole."""
    body = {"model": model, "messages": [{"role": "user", "content": text}]}
    answer = client.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_one_of_each_kind_works_at_the_doors_of_a_server(site: Site, tmp_path: Path) -> None:
    tickets = tmp_path / "tickets.jsonl"
    tickets.write_text("\n".join(map(json.dumps, TICKETS)))
    site.ask("agents", "create", "support", "--model", "acme:parrot")
    with site.client() as client:
        assert ask(client, "support", "I am Anna Lindqvist.")["choices"][0]["message"]["content"] == (
            "You said: I am Anna Lindqvist."
        )
        assert ask(client, "auto", "Hello?")["choices"][0]["message"]["content"] == "You said: Hello?"
        body = {"model": "support", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
        assert '"content": "You said: Hi"' in client.post("/v1/chat/completions", json=body).text
        assert client.get("/api/v1/choices/table").json()["policy"] == "quickest"
        assert client.get("/api/v1/choices/what-if", params={"policy": "quickest"}).status_code == 200
        kept = client.get("/api/v1/interactions", params={"agent": "support"}).text
    assert "[staff]" in kept
    assert "Lindqvist" not in kept
    read = site.ask("import", str(tickets), "--agent", "support")
    assert (read["format"], read["recorded"], read["feedback"]) == ("acme-desk", len(TICKETS), len(TICKETS))
    night = site.ask("improve", "support")
    endings = [json.loads(line) for line in (site.data / "endings.jsonl").read_text().splitlines()]
    assert endings[-1]["night"] == night["cycle"]["id"]
    assert endings[-1]["ending"] == night["cycle"]["ending"]
    board = site.ask("webhooks", "add", "Support", "--kind", "acme-board")
    assert site.ask("webhooks", "test", board["id"])["state"] == "delivered"
    assert '"type":"test"' in next((site.data / "board").iterdir()).read_text()


def test_a_name_that_nobody_brought_is_told_with_the_one_most_like_it(site: Site, tmp_path: Path) -> None:
    with site.client() as client:
        refused = client.get("/api/v1/choices/what-if", params={"policy": "quikest"})
    assert refused.status_code == 422
    assert "Did you mean 'quickest'?" in refused.text
    tickets = tmp_path / "tickets.jsonl"
    tickets.write_text(json.dumps(TICKETS[0]))
    said = run("import", str(tickets), "--format", "acme-dsk", data=site.data)
    assert said.returncode == 2
    assert "Did you mean 'acme-desk'?" in said.stderr
    wrong = run("config", "show", data=tmp_path / "new", UPSPIRAL_EVALUATE_SCORER="same-number")
    assert wrong.returncode == 2
    assert "Did you mean 'same-numbers'?" in wrong.stderr
    unknown = run("agents", "create", "other", "--model", "acm:parrot", data=site.data)
    assert "Did you mean 'acme'?" in unknown.stderr


def test_a_plug_in_that_cannot_be_loaded_is_named_and_the_server_goes_on(
    beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = "from upspiral.plugins import scorer\nscorer('half')(lambda at: None)\nimport nothing_like_this"
    target = tmp_path / "broken"
    install(
        target, tmp_path / "source", name="upspiral-broken", files={"__init__.py": broken}, entry="broken"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(target), os.environ["PYTHONPATH"])))
    data = tmp_path / "data"
    with Site(data) as running, running.client() as client:
        assert client.get("/health").json()["status"] == "ok"
    looked = run("doctor", data=data)
    assert looked.returncode == 2
    assert "'broken' of upspiral-broken 1.2.3 could not be loaded: ModuleNotFoundError" in " ".join(
        looked.stdout.split()
    )
    chosen = run("config", "show", data=data, UPSPIRAL_EVALUATE_SCORER="half")
    assert chosen.returncode == 2
    assert "upspiral-broken" in chosen.stderr


def test_two_packages_with_one_name_are_told_and_neither_is_used(
    beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = "from upspiral.scorers import Exact\nfrom upspiral.plugins import scorer\n"
    again += "@scorer('same-numbers')\nclass Other(Exact):\n    pass\n"
    target = tmp_path / "second"
    install(target, tmp_path / "source", name="upspiral-second", files={"__init__.py": again}, entry="second")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(target), os.environ["PYTHONPATH"])))
    chosen = run("config", "show", data=tmp_path / "data", UPSPIRAL_EVALUATE_SCORER="same-numbers")
    assert chosen.returncode == 2
    for words in ("upspiral-acme 1.2.3", "upspiral-second 1.2.3", "Uninstall one of them"):
        assert words in chosen.stderr
    assert "upspiral-second 1.2.3" in run("doctor", data=tmp_path / "data").stdout


def test_nobody_takes_the_name_of_what_upspiral_brings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen = "from upspiral.plugins import redactor\n"
    stolen += "@redactor('patterns')\ndef make(key, settings):\n    raise SystemExit\n"
    target = tmp_path / "thief"
    install(target, tmp_path / "source", name="upspiral-thief", files={"__init__.py": stolen}, entry="thief")
    monkeypatch.setenv("PYTHONPATH", str(target))
    looked = run("doctor", data=tmp_path / "data")
    assert "There is a redactor 'patterns' of upspiral already" in " ".join(looked.stdout.split())
    assert (
        run("config", "show", data=tmp_path / "data", UPSPIRAL_CAPTURE_REDACTORS='["patterns"]').returncode
        == 0
    )
