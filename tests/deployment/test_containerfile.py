"""The container file copies what is there, ends as a user without rights, and can be started."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "deploy" / "Containerfile").read_text().replace("\\\n", " ")
INSTRUCTIONS = [line.partition(" ")[::2] for line in TEXT.splitlines() if re.match(r"[A-Z]+ ", line)]


def list_stages() -> dict[str, list[tuple[str, str]]]:
    """Give the instructions of each stage, by its name."""
    stages: dict[str, list[tuple[str, str]]] = {}
    current: list[tuple[str, str]] = []
    for word, rest in INSTRUCTIONS:
        if word == "FROM":
            current = stages.setdefault(rest.split(" AS ")[1], [("FROM", rest.split(" AS ")[0])])
        else:
            current.append((word, rest))
    return stages


def test_there_is_a_stage_for_hosted_models_and_one_with_torch_on_top_of_it() -> None:
    stages = list_stages()
    assert list(stages) == ["assets", "build", "core", "train"]
    assert stages["train"][0] == ("FROM", "core")
    assert "[train]" in str(stages["train"])
    assert "[train]" not in str(stages["core"])


@pytest.mark.parametrize("name", ["core", "train"])
def test_an_image_runs_as_a_user_without_rights(name: str) -> None:
    users = [rest for word, rest in list_stages()[name] if word == "USER"]
    assert users[-1] == "10001"


def test_what_is_copied_into_the_build_is_there_and_is_all_that_the_wheel_needs() -> None:
    sources = [
        source
        for name in ("assets", "build")
        for word, rest in list_stages()[name]
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    assert [one for one in sources if not (ROOT / one).exists()] == []
    assert {"pyproject.toml", "README.md", "LICENSE", "src", "examples/support_desk"} <= set(sources)


def test_what_the_console_takes_from_npm_is_fetched_into_where_the_wheel_takes_it_from() -> None:
    [(_, copied)] = [one for one in list_stages()["build"] if one[0] == "COPY" and "--from=assets" in one[1]]
    made, wanted = copied.split()[1:]
    assert made == f"/src/{wanted}"
    assert f"to={wanted}" in (ROOT / "scripts" / "assets.sh").read_text()
    assert (ROOT / wanted / "console.css").exists()


def test_the_image_has_every_extra_that_a_server_may_need() -> None:
    found = re.search(r"\*\.whl\)\[([a-z0-9,-]+)\]", TEXT)
    assert found
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    left = {"dev", "train", "model2vec"}  # tools of developers, and what needs weights
    assert set(found[1].split(",")) == extras.keys() - left


def test_the_health_check_and_the_command_are_lists_that_a_container_can_start() -> None:
    words = dict(list_stages()["core"])
    assert json.loads(words["ENTRYPOINT"]) == ["upspiral"]
    assert json.loads(words["CMD"])[0] == "serve"
    check = json.loads(words["HEALTHCHECK"].partition("CMD ")[2])
    assert check[0] == "python"
    compile(check[2], "health", "exec")


def test_pinned_versions_are_read_from_the_lock_without_their_hashes() -> None:
    found = re.search(r"sed -nE 's/(.*?)/\\1/p'", TEXT)
    assert found
    pattern = re.compile(found[1].replace(r"\/", "/"))
    lines = (ROOT / "lock" / "core.txt").read_text().splitlines()
    pinned = [match[1].strip() for line in lines if (match := pattern.match(line))]
    assert len(pinned) == sum(not line.startswith((" ", "#", "-")) and "==" in line for line in lines)
    assert any(one.startswith("fastapi==") for one in pinned)
    assert not any("hash" in one or one.endswith("\\") for one in pinned)


def test_the_build_sees_what_it_copies_and_none_of_what_stands_beside_it() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    shown = {line.removeprefix("!") for line in rules if line.startswith("!")}
    copied = {
        source.partition("/")[0]
        for stage in list_stages().values()
        for word, rest in stage
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    }
    assert copied == shown
