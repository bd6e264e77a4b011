"""The board and the alerts read metrics that exist, by labels that they have, in PromQL that parses."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml  # type: ignore[import-untyped]

from upspiral.telemetry.catalog import CATALOG

DEPLOY = Path(__file__).parents[2] / "deploy"
BOARD = DEPLOY / "grafana" / "upspiral.json"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
OTHERS = {"up": ("job", "instance")}
"""Metrics that Prometheus makes itself."""
TARGET_LABELS = frozenset(("job", "instance"))
"""Labels that Prometheus adds to every series."""
RULE_FIELDS = {"alert", "expr", "for", "labels", "annotations"}


def read_alerts() -> list[dict[str, Any]]:
    rules = yaml.safe_load(ALERTS.read_text())
    return [rule for group in rules["groups"] for rule in group["rules"]]


def read_panels() -> list[dict[str, Any]]:
    return [one for one in json.loads(BOARD.read_text())["panels"] if one["type"] != "row"]


def list_queries() -> Iterator[str]:
    """Give every query of both files, the board's variables filled in."""
    yield from (rule["expr"] for rule in read_alerts())
    for panel in read_panels():
        yield from (target["expr"].replace("$agent", ".*") for target in panel["targets"])


def list_selectors(expression: Any) -> Iterator[Any]:
    """Give every selector of series within a parsed query."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
    for name in ("lhs", "rhs", "expr", "param", "vector_selector", "vs"):
        if (inner := getattr(expression, name, None)) is not None:
            yield from list_selectors(inner)
    for inner in getattr(expression, "args", None) or ():
        yield from list_selectors(inner)


def base_of(name: str) -> str:
    """Give the metric whose series a name is: a histogram and a summary have several."""
    for ending in ("_bucket", "_sum", "_count"):
        bare = name.removesuffix(ending)
        if bare != name and CATALOG.get(bare) and CATALOG[bare].kind in ("histogram", "summary"):
            return bare
    return name


QUERIES = sorted(set(list_queries()))


def check_query(query: str) -> None:
    """See that a query parses, and that its metrics and the labels that it names exist.

    Raises:
        ValueError: It is no PromQL, or names what does not exist.
    """
    selectors = list(list_selectors(promql_parser.parse(query)))
    known: set[str] = {"le", *TARGET_LABELS}
    if not selectors:
        raise ValueError(f"{query} reads no metric")
    for one in selectors:
        name = base_of(one.name)
        if name not in CATALOG and name not in OTHERS:
            raise ValueError(f"there is no metric {name}")
        known |= set(OTHERS.get(name) or CATALOG[name].labels)
    named = {matcher.name for one in selectors for matcher in one.matchers.matchers}
    named |= {
        label.strip()
        for list_ in re.findall(r"(?:by|without|ignoring) ?\(([^)]*)\)", query)
        for label in list_.split(",")
    }
    if named - known:
        raise ValueError(f"no metric of {query} has the labels {named - known}")


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_parses_and_reads_metrics_and_labels_that_exist(query: str) -> None:
    check_query(query)


@pytest.mark.parametrize(
    "wrong",
    [
        "max by (agent) (upspiral_nights_tota)",
        "max by (agnet) (upspiral_nights_total)",
        'upspiral_nights_total{end="failed"}',
        "max by (agent) (",
        "1 + 1",
    ],
)
def test_the_check_refuses_what_does_not_exist(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_query(wrong)


def test_metrics_of_a_workspace_are_never_added_up_over_servers() -> None:
    of_workspace = {name for name, one in CATALOG.items() if one.labels[:1] == ("agent",)}
    for query in QUERIES:
        for name in of_workspace:
            if re.search(rf"\b{name}", query):
                assert re.search(r"max by \(agent|sum by \(ending\) \(max by \(agent", query), query


def test_every_alert_says_what_happened_and_what_to_do() -> None:
    names = [rule["alert"] for rule in read_alerts()]
    assert len(names) == len(set(names))
    for rule in read_alerts():
        assert rule.keys() <= RULE_FIELDS
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["action"].endswith(".")
        assert re.fullmatch(r"\d+[smhd]", rule.get("for", "1m"))


def test_the_panels_of_the_board_have_titles_of_their_own_and_do_not_overlap() -> None:
    panels = read_panels()
    assert len({one["title"] for one in panels}) == len({one["id"] for one in panels}) == len(panels)
    cells = [
        (x, y)
        for one in panels
        for x in range(one["gridPos"]["x"], one["gridPos"]["x"] + one["gridPos"]["w"])
        for y in range(one["gridPos"]["y"], one["gridPos"]["y"] + one["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
