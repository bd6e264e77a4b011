"""The demo's shop: what its hosted stand-in answers, and a night of its two agents through public doors."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import demo
import hosted
import shop
from teacher import Teacher
from upspiral.testing.site import Site

KNOWN, UNKNOWN = shop.TOPICS[0], next(topic for topic in shop.TOPICS if not topic.known)
MAX_DEMO_S = 480


def _ask(topic: shop.Topic, *before: tuple[str, str]) -> str:
    shown = [(role, text) for pair in before for role, text in zip(("user", "assistant"), pair, strict=True)]
    return hosted.reply([*shown, ("user", f"Please explain {topic.nouns[0]} to me.")])


def test_the_hosted_stand_in_knows_half_of_the_topics_while_nothing_is_shown() -> None:
    right = [topic.known for topic in shop.TOPICS if shop.is_right(topic, _ask(topic))]
    assert right == [True] * (len(shop.TOPICS) // 2)


def test_it_says_what_is_shown_on_the_topic_right_or_wrong_and_nothing_of_another_topic() -> None:
    about = f"What are the rules for {UNKNOWN.nouns[0]}?"
    assert _ask(UNKNOWN, (about, UNKNOWN.answer)) == UNKNOWN.answer
    assert _ask(UNKNOWN, (about, UNKNOWN.answer), (about, UNKNOWN.wrong[0])) == UNKNOWN.wrong[0]
    assert _ask(KNOWN, (about, UNKNOWN.answer)) == KNOWN.answer
    other = next(topic for topic in shop.TOPICS if not topic.known and topic is not UNKNOWN)
    assert _ask(other, (about, UNKNOWN.answer)) == shop.DONT_KNOW


@pytest.mark.long
def test_a_night_mends_the_hosted_agent_by_examples_and_the_summary_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "upspiral.toml").write_text(demo.SETTINGS)
    with Teacher(3) as teacher, hosted.HostedModel() as provider, Site(tmp_path) as site:
        model = ["--model", f"openai-compatible:{hosted.NAME}", "--url", provider.url]
        taught = ["--teacher", "openai-compatible:teacher", "--teacher-url", teacher]
        site.ask("agents", "create", demo.HOSTED, *model, *taught)
        desk = demo.Desk(site, demo.HOSTED, 3)
        desk.live("day 1", 700)
        night = desk.with_traffic("canary 1", "improve", demo.HOSTED)
        demo.tell_night(night)
        demo.summary(site)
        [agent] = site.ask("status")["agents"]
    assert night["cycle"]["ending"] == "promoted", night["cycle"]["reason"]
    assert agent["night"]["lever"] == "examples"
    assert agent["night"]["gain_low"] > 0.2
    assert agent["live"] == f"{demo.HOSTED}@2"
    said = capsys.readouterr().out
    assert "lever examples: a memory of" in said
    assert f"What happened to {demo.HOSTED}" in said
    assert "examples   promoted" in said


@pytest.mark.slow
@pytest.mark.train
def test_the_whole_demo_improves_both_agents_within_eight_minutes(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    words = [sys.executable, "-m", "upspiral.cli.main", "demo", "--data", str(data)]
    began = os.times()
    ran = subprocess.run(words, check=True, capture_output=True, text=True, timeout=1800)
    ended = os.times()
    assert (
        ended.children_user + ended.children_system - began.children_user - began.children_system < MAX_DEMO_S
    )
    with Site(data) as site:
        nights: list[dict[str, Any]] = site.ask("history")
    first = {night["agent"]: night for night in nights}  # newest first, so the oldest of each stays
    assert first[demo.AGENT]["ending"] == first[demo.HOSTED]["ending"] == "promoted", json.dumps(nights)
    assert first[demo.AGENT]["lever"] == "adapter"
    assert first[demo.HOSTED]["lever"] == "examples"
    assert min(night["gain_low"] for night in first.values()) > 0.2
    assert f"What happened to {demo.HOSTED}" in ran.stdout
