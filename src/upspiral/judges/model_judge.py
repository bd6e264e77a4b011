"""How is a chat model asked for a verdict, and how is its answer read?"""

import re
from functools import cache
from pathlib import Path
from string import Template

from upspiral.domain import Message, Score
from upspiral.domain.judgment import JudgeVersion, Preferred
from upspiral.judges.base import Comparison, Grading
from upspiral.judges.config import JudgeSettings
from upspiral.plugin_kinds import JUDGE
from upspiral.providers.base import ChatModel, ChatRequest
from upspiral.wire.fence import Fence

NAME = "chat-model"
_MARKUP = r"[\s*_`#>]*"
_VERDICT = re.compile(rf"^{_MARKUP}VERDICT{_MARKUP}:{_MARKUP}(A|B|TIE){_MARKUP}\.?{_MARKUP}$", re.M | re.I)
_GRADE = re.compile(rf"^{_MARKUP}GRADE{_MARKUP}:{_MARKUP}([1-5])(?!\d)[^\n]*$", re.M | re.I)
_MEANINGS = {"A": Preferred.FIRST, "B": Preferred.SECOND, "TIE": Preferred.TIE}


@JUDGE.register(NAME)
class ModelJudge:
    """Asks a chat model.

    Args:
        model: Who is asked.
        settings: How.
        key: A secret from which the marks around texts are made.
    """

    def __init__(self, model: ChatModel, settings: JudgeSettings, key: bytes) -> None:
        self._model, self._settings, self._key = model, settings, key
        limits = {name: str(getattr(settings, name)) for name in ("max_answer_chars", "max_tokens", "rubric")}
        prompts = "\n".join(map(_template, ("compare", "grade")))
        self.version = JudgeVersion.describe(NAME, settings.model or model.name, prompts, **limits)

    async def compare(self, asked: Comparison, /, *, call_id: str) -> Preferred | None:
        """Ask which answer is better; see `Judge`."""
        texts = {"question": asked.question, "answer_a": asked.first, "answer_b": asked.second}
        return read_verdict(await self._ask("compare", texts, asked.reference, call_id=call_id))

    async def grade(self, asked: Grading, /, *, call_id: str) -> Score | None:
        """Ask how good an answer is; see `Judge`."""
        texts = {"question": asked.question, "answer": asked.answer}
        return read_grade(await self._ask("grade", texts, asked.reference, call_id=call_id))

    async def _ask(self, prompt: str, texts: dict[str, str], reference: str | None, *, call_id: str) -> str:
        fence = Fence(self._key, call_id, max_chars=self._settings.max_answer_chars)
        shown = {name: fence.enclose(name, text) for name, text in texts.items()}
        shown["reference"] = fence.enclose("right_answer", reference) + "\n" if reference else ""
        rubric = f"\n\nWhat counts here: {self._settings.rubric}" if self._settings.rubric else ""
        instructions, _, material = _template(prompt).partition("\n---\n")
        system = Template(instructions.strip()).substitute(rubric=rubric)
        messages = (Message("system", system), Message("user", Template(material.strip()).substitute(shown)))
        request = ChatRequest(messages, max_tokens=self._settings.max_tokens, temperature=0.0)
        return (await self._model.complete(request, call_id=call_id)).answer


def read_verdict(answer: str) -> Preferred | None:
    r"""Read what a model prefers; None where it says nothing of the closed set, or two different things.

    >>> read_verdict("Both are right, B says why.\n**VERDICT: B**")
    <Preferred.SECOND: 'second'>
    >>> read_verdict("I prefer A."), read_verdict("VERDICT: A\nVERDICT: B")
    (None, None)
    """
    found = {word.upper() for word in _VERDICT.findall(answer)}
    return _MEANINGS[found.pop()] if len(found) == 1 else None


def read_grade(answer: str) -> Score | None:
    r"""Read a grade from 1 to 5 as a score from 0 to 1; None where none was said, or two.

    >>> read_grade("It misses the date.\nGRADE: 4")
    Score(value=0.75, reason='It misses the date.')
    >>> read_grade("GRADE: 7")
    """
    found = set(_GRADE.findall(answer))
    if len(found) != 1:
        return None
    reason = " ".join(_GRADE.sub("", answer).split())[:300]
    return Score((int(found.pop()) - 1) / 4, reason or "a grade without a reason")


@cache
def _template(name: str) -> str:
    return (Path(__file__).parent / "prompts" / f"{name}.md").read_text()
