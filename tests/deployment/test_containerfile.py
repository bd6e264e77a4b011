"""The container file copies what is there, ends as a user without rights, and can be started."""

import json
import re
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
    assert list(stages) == ["build", "core", "train"]
    assert stages["train"][0] == ("FROM", "core")
    assert "[train]" in str(stages["train"])
    assert "[train]" not in str(stages["core"])


@pytest.mark.parametrize("name", ["core", "train"])
def test_an_image_runs_as_a_user_without_rights(name: str) -> None:
    users = [rest for word, rest in list_stages()[name] if word == "USER"]
    assert users[-1] == "10001"


def test_what_is_copied_into_the_build_is_there_and_is_all_that_the_wheel_needs() -> None:
    sources = [
        source for word, rest in list_stages()["build"] if word == "COPY" for source in rest.split()[:-1]
    ]
    assert [one for one in sources if not (ROOT / one).exists()] == []
    assert {"pyproject.toml", "README.md", "LICENSE", "src", "examples/support_desk"} <= set(sources)


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
