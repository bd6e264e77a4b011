"""What must a judge keep to? Verdicts of a closed set, and a version that tells all that it rests on."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest

from upspiral.domain import Score
from upspiral.domain.judgment import Preferred
from upspiral.errors import ProviderError, Unavailable
from upspiral.judges.base import Comparison, Grading, Judge
from upspiral.judges.config import JudgeSettings
from upspiral.providers.base import ChatModel, ChatRequest, Completion
from upspiral.testing.contracts.facts import STRANGE_NAMES

KEY = b"a key of the contract"
STRANGE_ANSWERS = ("", "I cannot say.", "A", "B and A", "{}", "VERDICT: C", "GRADE: 9", *STRANGE_NAMES)
"""What a model may say instead of a verdict."""
ASKED = Comparison(question="Where is it?", first="It left this morning.", second="No idea.")
GRADED = Grading(question="Where is it?", answer="It left this morning.")


class ScriptedModel:
    """A chat model that always says the same and remembers what it was asked.

    Args:
        says: Its answer; an error is raised.
        name: What it is called.
    """

    def __init__(self, says: str | ProviderError, name: str = "scripted") -> None:
        self.name = name
        self.requests: list[ChatRequest] = []
        self.call_ids: list[str | None] = []
        self._says = says

    async def complete(self, request: ChatRequest, *, call_id: str | None = None) -> Completion:
        """Answer as a whole."""
        self.requests.append(request)
        self.call_ids.append(call_id)
        if isinstance(self._says, ProviderError):
            raise self._says
        return Completion(self._says, self.name)

    def stream(self, request: ChatRequest, *, call_id: str | None = None) -> AsyncIterator[bytes]:
        """Nobody judges by a stream."""
        raise NotImplementedError


class JudgeContract:
    """The battery for a judge; `make` is what was registered."""

    make: Any
    """Makes a Judge from a model, the settings and a key: a class, or a function within `staticmethod`."""
    verdicts: ClassVar[dict[Preferred, str]] = {
        Preferred.FIRST: "VERDICT: A",
        Preferred.SECOND: "VERDICT: B",
        Preferred.TIE: "VERDICT: TIE",
    }
    """What a model says when it prefers each."""
    grades: ClassVar[tuple[str, str]] = ("GRADE: 1", "GRADE: 5")
    """What a model says of the worst answer and of the best."""

    def judge(self, model: ChatModel | None = None, **settings: Any) -> Judge:
        """Make the judge."""
        made: Judge = type(self).make(model or ScriptedModel(""), JudgeSettings(**settings), KEY)
        return made

    def compare(self, says: str, asked: Comparison = ASKED) -> Preferred | None:
        """Ask for a comparison of a model that says something."""
        return asyncio.run(self.judge(ScriptedModel(says)).compare(asked, call_id="c"))

    def grade(self, says: str, asked: Grading = GRADED) -> Score | None:
        """Ask for a grade of a model that says something."""
        return asyncio.run(self.judge(ScriptedModel(says)).grade(asked, call_id="c"))

    def test_a_verdict_is_read_as_it_is_meant(self) -> None:
        """Say each."""
        for preferred, says in self.verdicts.items():
            assert self.compare(says) is preferred

    def test_a_grade_is_between_0_and_1_and_a_better_one_is_higher(self) -> None:
        """Say the worst and the best."""
        worst, best = (self.grade(says) for says in self.grades)
        assert worst is not None
        assert best is not None
        assert 0 <= worst.value < best.value <= 1

    def test_whatever_else_is_said_is_no_verdict_and_no_grade(self) -> None:
        """Say what a model may say instead."""
        known = {*self.verdicts.values(), *self.grades}
        for says in STRANGE_ANSWERS:
            if says not in known:
                assert self.compare(says) is None, says[:50]
                assert self.grade(says) is None, says[:50]

    def test_every_text_can_be_judged(self) -> None:
        """Show strange texts."""
        says = self.verdicts[Preferred.TIE]
        for text in ("", *STRANGE_NAMES, "x" * 50_000):
            asked = Comparison(question=text, first=text, second=text, reference=text)
            assert self.compare(says, asked) is Preferred.TIE

    def test_its_version_is_the_same_for_the_same_parts_and_another_for_others(self) -> None:
        """Change each part."""
        same = self.judge(ScriptedModel("", "m"))
        assert same.version == self.judge(ScriptedModel("", "m")).version
        others = (
            self.judge(ScriptedModel("", "another")),
            self.judge(ScriptedModel("", "m"), rubric="Short answers are better."),
        )
        assert len({one.version.id for one in (same, *others)}) == 3

    def test_a_provider_that_fails_is_no_verdict(self) -> None:
        """Let the provider fail."""
        judge = self.judge(ScriptedModel(Unavailable("It is down.")))
        with pytest.raises(ProviderError):
            asyncio.run(judge.compare(ASKED, call_id="c"))

    def test_a_call_that_is_repeated_is_told_by_its_id(self) -> None:
        """Ask twice with one id."""
        model = ScriptedModel(self.verdicts[Preferred.FIRST])
        for _ in range(2):
            asyncio.run(self.judge(model).compare(ASKED, call_id="the same"))
        first, second = model.call_ids
        assert first == second
        assert first is not None

    def test_both_answers_are_shown_and_nothing_tells_which_is_the_new_one(self) -> None:
        """Ask in both orders, and hold the requests against each other."""
        model = ScriptedModel(self.verdicts[Preferred.FIRST])
        other = Comparison(question=ASKED.question, first=ASKED.second, second=ASKED.first)
        for asked in (ASKED, other):
            asyncio.run(self.judge(model).compare(asked, call_id="c"))
        shown = ["\n".join(message.content for message in one.messages) for one in model.requests]
        for text in shown:
            assert ASKED.first in text
            assert ASKED.second in text
        swapped = shown[1].replace(ASKED.first, "#").replace(ASKED.second, ASKED.first)
        assert swapped.replace("#", ASKED.second) == shown[0]
