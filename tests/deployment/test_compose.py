"""The compose file keeps its specification, and starts commands and settings that exist.

`tests/stories/test_api_and_workers.py` runs its commands.
"""

import json
import re
from pathlib import Path

import compose_spec
import pytest
import typer.main
from tests.stories.composed import COMPOSE, read_compose

from upspiral.cli.main import app
from upspiral.config import Settings
from upspiral.config_sources import check_environment

DEPLOY = COMPOSE.parent
OURS = ("prepare", "api", "worker")
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def fill_variables(text: str) -> str:
    """Put values in the place of variables, as compose does."""
    return VARIABLE.sub(lambda found: found[3] if found[2] == "-" else "secret", text)


def parse(text: str) -> compose_spec.PyCompose:
    """Read a compose file by its specification.

    Raises:
        ValueError: It does not keep it.
    """
    options = compose_spec.PyOptions()
    options.apply_merge = True
    return options.from_yaml(text)


def list_words(command: list[str]) -> list[str]:
    """Give the words of a command before its options."""
    return [word for word in command if not word.startswith("-")][: 2 if command[0] == "db" else 1]


def test_the_file_keeps_the_specification() -> None:
    found = parse(fill_variables(COMPOSE.read_text()))
    found.validate()
    assert set(found.services or ()) == {"db", "prepare", "api", "worker", "proxy"}


@pytest.mark.parametrize(("word", "wrong"), [("command:", "comand:"), ("replicas: 2", "replicas: many")])
def test_a_file_that_does_not_keep_it_is_refused(word: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=r"comand|many"):
        parse(fill_variables(COMPOSE.read_text().replace(word, wrong, 1)))


def test_two_servers_and_two_workers_begin_once_the_database_is_prepared() -> None:
    services = read_compose()["services"]
    for name in ("api", "worker"):
        assert services[name]["deploy"]["replicas"] == 2
        assert services[name]["depends_on"]["prepare"] == {"condition": "service_completed_successfully"}
        assert "ports" not in services[name]  # two cannot have the same port of the machine
    assert services["prepare"]["depends_on"]["db"] == {"condition": "service_healthy"}


@pytest.mark.parametrize("service", OURS)
def test_a_command_exists_with_its_options(service: str) -> None:
    command = read_compose()["services"][service]["command"]
    node = typer.main.get_command(app)
    for word in list_words(command):
        node = node.commands[word]  # type: ignore[attr-defined]
    options = {option for parameter in node.params for option in parameter.opts}
    assert {word for word in command if word.startswith("--")} <= options


@pytest.mark.parametrize("service", OURS)
def test_its_environment_holds_settings_that_exist(service: str) -> None:
    environment = {
        name: str(value) for name, value in read_compose()["services"][service]["environment"].items()
    }
    check_environment(Settings, environment)
    assert json.loads(environment["UPSPIRAL_SERVER_HOSTS"])


def test_named_volumes_and_files_are_there() -> None:
    described = read_compose()
    for service in described["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            there = (DEPLOY / source).is_file() if source.startswith(".") else source in described["volumes"]
            assert there, volume


def test_a_process_of_ours_has_no_rights_that_it_does_not_need() -> None:
    for name in OURS:
        service = read_compose()["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]


def test_the_proxy_passes_streams_on_as_they_come_and_keeps_metrics_back() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    assert "proxy_buffering off;" in text
    assert "proxy_set_header X-Forwarded-For" in text
    assert re.search(r"location = /metrics \{\s*return 404;", text)
    assert text.count("{") == text.count("}")


def test_no_secret_stands_in_the_files() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            assert not re.search(r"(?im)^\s*\w*password: +(?!\$\{)\S", path.read_text()), path


def test_the_folder_is_where_the_documents_say() -> None:
    assert (Path(__file__).parents[2] / "deploy" / "compose.yaml") == COMPOSE
