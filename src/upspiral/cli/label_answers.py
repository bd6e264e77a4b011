"""Is this answer right? A person says it of conversations drawn at random, key by key."""

import sys
from collections.abc import Iterator
from typing import Any

from upspiral.cli.api import Api, route
from upspiral.cli.keyboard import QUIT, ask_key, open_keyboard
from upspiral.cli.terminal import say, say_text

KEYS = {"r": "right", "w": "wrong", "c": "correct", "s": "skip", "q": QUIT}
"""What a key means while an answer is shown."""


async def judge_answers(api: Api, agent: str, rater: str) -> None:
    """Show answer after answer of the random sample until none is left, or the person has enough."""
    drawn = (await api.ask("GET", route("/api/v1/agents/{}/sample", agent)))["items"]
    read = open_keyboard()
    open_ones = [one for one in drawn if not one["judged"]]
    for number, one in enumerate(open_ones, start=1):
        _show(one, number=number, of=len(open_ones))
        key = ask_key(read, KEYS)
        if key == QUIT:
            break
        if key != "skip":
            for signal in _to_feedback(one, key, rater):
                await api.ask("POST", "/api/v1/feedback", json=signal)
    await _tell_standing(api, agent)


def _show(one: dict[str, Any], *, number: int, of: int) -> None:
    say("")
    say("[bold]Answer {number} of {of}[/]", number=number, of=of)
    for title, text in (("Question", one["question"]), ("Answer", one["answer"])):
        say("[bold]{title}[/]", title=title)
        say_text(text or "(nothing)", indent=2)
    say("[bold]Is it right?[/] r right · w wrong · c wrong, with the right answer · s skip · q quit")


def _to_feedback(one: dict[str, Any], key: str, rater: str) -> Iterator[dict[str, Any]]:
    """Give the verdict and, where the person knows it, what should have been said: two signals."""
    about = {"interaction": one["interaction"], "rater": rater}
    yield about | {"score": 1.0 if key == "right" else 0.0, "source": "human_evaluation"}
    if key == "correct":
        say("[bold]What should have been said?[/] One line; an empty one for nothing.")
        correction = sys.stdin.readline().strip()
        if correction:
            yield about | {"correction": correction}


async def _tell_standing(api: Api, agent: str) -> None:
    drawn = (await api.ask("GET", route("/api/v1/agents/{}/sample", agent)))["items"]
    judged = sum(one["judged"] for one in drawn)
    say("")
    say("{judged} of {n} answers drawn at random are judged.", judged=judged, n=len(drawn))
    say("`upspiral improve {agent}` runs a night with what they tell.", agent=agent)
