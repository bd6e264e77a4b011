"""The Helm chart: values keep their schema, templates name values, commands and settings that exist.

Where `helm` is installed the chart is rendered too; elsewhere that is skipped.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml  # type: ignore[import-untyped]
from tests.stories.composed import read_compose

from upspiral.config import Settings
from upspiral.config_sources import check_environment

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "upspiral"
TEMPLATES = sorted((CHART / "templates").iterdir())
TEXT = "\n".join(path.read_text() for path in TEMPLATES)
VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = jsonschema_rs.validator_for(json.loads((CHART / "values.schema.json").read_text()))
BLOCK = re.compile(r"\{\{-?\s*(if|with|range|define|end)\b")
USED = re.compile(r"\.Values((?:\.\w+)+)")


def list_leaves(found: dict[str, Any], before: str = "") -> set[str]:
    """Give the path of every value, those of open objects as one."""
    paths = set()
    for name, value in found.items():
        inner = isinstance(value, dict) and value and name not in ("resources", "settings", "annotations")
        paths |= list_leaves(value, f"{before}.{name}") if inner else {f"{before}.{name}"}
    return paths


def test_the_values_keep_their_schema() -> None:
    assert list(SCHEMA.iter_errors(VALUES)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"api": {"replicas": -1}},
        {"hosts": []},
        {"databaseSecret": ""},
        {"settings": {"CYCLE_AT": "03:00"}},
        {"data": {"size": "much"}},
        {"replicas": 3},
    ],
)
def test_wrong_values_are_refused(wrong: dict[str, Any]) -> None:
    assert not SCHEMA.is_valid({**VALUES, **wrong})


def test_every_value_is_used_and_every_used_value_is_there() -> None:
    used = set(USED.findall(TEXT))
    there = list_leaves(VALUES)
    assert used <= there | {path.rpartition(".")[0] for path in there}
    assert [path for path in there if path not in used] == []


def test_blocks_of_each_template_are_closed_and_includes_are_defined() -> None:
    for path in TEMPLATES:
        words = BLOCK.findall(path.read_text())
        assert words.count("end") == len(words) - words.count("end"), path.name
    defined = set(re.findall(r'define "([^"]+)"', TEXT))
    assert set(re.findall(r'include "([^"]+)"', TEXT)) == defined


def test_the_commands_are_those_of_the_compose_file() -> None:
    services = read_compose()["services"]
    found = [re.findall(r'"([^"]*)"', one) for one in re.findall(r'"command" \(list ([^)]*)\)', TEXT)]
    assert sorted(found) == sorted(services[name]["command"] for name in ("api", "prepare", "worker"))


def test_the_variables_are_settings() -> None:
    names = set(re.findall(r"name: (UPSPIRAL_\w+)", TEXT))
    assert {"UPSPIRAL_DATA", "UPSPIRAL_DATABASE_URL", "UPSPIRAL_SERVER_HOSTS"} <= names
    check_environment(Settings, dict.fromkeys(names, "x"))


def test_the_chart_says_what_it_is() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["apiVersion"] == "v2"
    assert chart["name"] == CHART.name
    assert re.fullmatch(r"\d+\.\d+\.\d+", chart["version"])


def render(*options: str) -> list[dict[str, Any]]:
    """Render the chart as helm does, or skip where there is none."""
    if shutil.which("helm") is None:
        pytest.skip("helm is not installed: the chart is not rendered")
    words = ["helm", "template", "up", str(CHART), *options]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


@pytest.mark.process
def test_rendered_pods_run_without_rights_and_wait_to_be_healthy() -> None:
    options = ("--set", "ingress.enabled=true,monitoring.enabled=true,monitoring.keySecret=k")
    objects = render(*options)
    kinds = [one["kind"] for one in objects]
    assert {"Deployment", "Service", "Job", "PersistentVolumeClaim", "Ingress", "PodMonitor"} == set(kinds)
    for one in objects:
        if one["kind"] == "Deployment":
            assert one["spec"]["replicas"] == 2
            pod = one["spec"]["template"]["spec"]
            assert pod["securityContext"]["runAsNonRoot"] is True
            assert pod["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert pod["containers"][0]["readinessProbe"]
