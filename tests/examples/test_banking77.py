"""The example on real questions; whole only where the data is, and in `make prove`."""

import json
import os
from pathlib import Path

import pytest

import bank
import questions

FILE = Path(os.environ.get("BANKING77", "banking77.jsonl"))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    rows = [
        {"question": f"Question {n} about {intent}?", "answer": intent, "split": "test" if n > 7 else "train"}
        for intent in ("card arrival", "top up", "refund", "pin blocked")
        for n in range(10)
    ]
    (tmp_path / "small.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return tmp_path / "small.jsonl"


def test_no_question_is_in_two_parts_and_half_of_the_intents_are_known(small: Path) -> None:
    read = questions.read(small, seed=3)
    parts = [read.taught, read.day, read.canary, read.test]
    assert sum(len(part) for part in parts) == len({q.asked for part in parts for q in part}) == 40
    assert len({q.intent for q in read.test if q.known}) == 2
    assert all(q.known for q in read.taught)
    assert any(q.known for q in read.day)


def test_the_expert_knows_what_is_asked_and_errs_one_time_in_twenty(small: Path) -> None:
    read = questions.read(small, seed=3)
    reply = bank.teacher(read.day, seed=0)
    said = [reply(f"<question>{read.day[0].asked}</question>") for _ in range(400)]
    assert 0.9 < said.count(read.day[0].intent) / 400 < 1


@pytest.mark.slow
@pytest.mark.train
@pytest.mark.skipif(not FILE.is_file(), reason="the real questions are not here; set BANKING77 to their file")
def test_a_night_on_real_questions_teaches_the_new_half_and_the_gate_guards_the_old(tmp_path: Path) -> None:
    result = bank.main([str(FILE), "--data", str(tmp_path / "bank")])
    before, after = result["before"], result["after"]
    assert after["new half"]["low"] > before["new half"]["high"] + 0.3
    forgot = before["known half"]["low"] > after["known half"]["high"]
    assert (result["night"]["cycle"]["ending"] == "promoted") != forgot
