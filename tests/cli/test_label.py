"""A person labels pairs key by key, goes on later, and hands labels on as a file."""

import json
from pathlib import Path

import pytest
from tests.judges.site import AGENT, CASES, JudgedSite, judged_site
from typer.testing import CliRunner, Result

from upspiral.cli.main import app


@pytest.fixture
def site(compared_site: JudgedSite) -> JudgedSite:
    """A site whose versions a judge has compared."""
    return compared_site


def _run(site: JudgedSite, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, [*words, "--data", str(site.data)], input=typed)


def _label(site: JudgedSite, *words: str, typed: str = "", rater: str = "anna") -> str:
    ran = _run(site, "label", AGENT, "--rater", rater, *words, typed=typed)
    assert ran.exit_code == 0, (ran.output, ran.exception)
    return ran.output


def test_keys_label_pairs_and_the_next_time_it_goes_on(site: JudgedSite) -> None:
    first = _label(site, typed="1\nx\n2\nt\ns\nq\n")
    assert f"Pair 1 of {CASES}" in first
    assert "Pair 5 of" in first
    assert "3 pairs of this comparison labeled." in first
    again = _label(site, typed="q\n")
    assert f"Pair 1 of {CASES - 3}" in again


def test_neither_answer_is_told_to_be_the_new_one(site: JudgedSite) -> None:
    shown = _label(site, typed="s\n" * CASES)
    assert "candidate" not in shown
    assert "incumbent" not in shown
    firsts = [part.splitlines()[0] for part in shown.split("Answer 1\n")[1:]]
    new = sum("indeed" in text for text in firsts)
    assert 0 < new < CASES


def test_where_two_people_disagree_is_shown(site: JudgedSite, tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    _label(site, "--export", str(file))
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(rows) == CASES
    assert {"question", "candidate_answer", "incumbent_answer", "pair", "rater", "better"} <= set(rows[0])
    for rater, better in (("anna", "candidate"), ("ben", "tie")):
        labels = [{"pair": row["pair"], "rater": rater, "better": better} for row in rows[:4]]
        file.write_text("\n".join(map(json.dumps, labels)))
        said = _label(site, "--import", str(file))
        assert "4 labels taken." in said
    assert "they agree on 0" in said
    assert "anna: candidate, ben: tie" in said


def test_what_was_exported_can_be_imported_by_another_person(site: JudgedSite, tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    _label(site, typed="1\n2\nq\n")
    _label(site, "--export", str(file))
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert sum(row["better"] is not None for row in rows) == 2
    file.write_text("\n".join(json.dumps(row | {"rater": "ben", "better": "tie"}) for row in rows))
    assert f"{CASES} labels taken." in _label(site, "--import", str(file))


def test_a_file_with_a_broken_line_is_refused_by_its_number(site: JudgedSite, tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"pair": "p"}\n{"pair":\n')
    ran = _run(site, "label", AGENT, "--import", str(file))
    assert ran.exit_code == 2
    assert "Line 2 of" in ran.output


def test_the_gate_is_asked_by_a_command_and_says_what_is_missing(site: JudgedSite, tmp_path: Path) -> None:
    ran = _run(site, "decide", AGENT)
    assert ran.exit_code == 0, ran.output
    assert "enough labels" in ran.output
    assert "Nothing was tested" in ran.output
    file = tmp_path / "pairs.jsonl"
    _label(site, "--export", str(file))
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    for row in rows:
        row["better"] = "candidate" if "poor" in row["incumbent_answer"] else "tie"
    file.write_text("\n".join(map(json.dumps, rows)))
    _label(site, "--import", str(file))
    assert "It passes." in _run(site, "decide", AGENT).output


def test_without_a_judged_comparison_the_way_to_one_is_told(data: Path) -> None:
    with judged_site(data):
        ran = CliRunner().invoke(app, ["label", AGENT, "--data", str(data)])
    assert ran.exit_code == 3
    assert "evaluate.scorer" in ran.output
