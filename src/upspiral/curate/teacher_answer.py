"""Did a teacher send an answer that can be taught, or a refusal, a thought, half a text? (pure)."""

import re

from msgspec import Struct

from upspiral.providers.base import Completion
from upspiral.scorers.guards.refusal import is_refusal

REFUSAL = "refusal"
CUT = "cut off at curate.max_tokens"
EMPTY_ANSWER = "empty answer"
REJECTED_BY_PROVIDER = "rejected by its provider"
"""Unlike the others it is not paid for, and is asked again another night."""
ONLY_THOUGHTS = "thoughts without an answer"
TOOL_CALL = "tool call instead of an answer"

CUT_REASONS = frozenset({"length", "max_tokens", "max_output_tokens", "incomplete", "model_length"})
"""Finish reasons of OpenAI, Anthropic, Mistral and the local hosts that mean: there was more to say."""
FILTER_REASONS = frozenset({"content_filter", "refusal", "safety", "blocklist", "prohibited_content"})

_TAG = r"(?:think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis)"
_HOW = re.DOTALL | re.IGNORECASE
_LEADING_THOUGHT = re.compile(rf"\A\s*<({_TAG})\b[^>]*>.*?</\1\s*>", _HOW)
_INNER_THOUGHT = re.compile(r"<(think|thinking)>.*?</\1\s*>", _HOW)
_UP_TO_CLOSING = re.compile(r"\A.*</(?:think|thinking)\s*>", _HOW)
_UNCLOSED_THOUGHT = re.compile(rf"\A\s*<{_TAG}\b[^>]*>.*\Z", _HOW)


class TeacherAnswer(Struct, frozen=True):
    """What can be taught of a completion."""

    text: str | None
    """The answer without the model's thoughts; None where it cannot be taught."""
    unusable: str | None = None
    """Why it cannot."""


def read_answer(said: Completion) -> TeacherAnswer:
    """Find the answer in what a teacher sent.

    Args:
        said: The completion as it came.

    >>> read_answer(Completion(answer="<think>Hm.</think> By noon.", model="m")).text
    'By noon.'
    >>> read_answer(Completion(answer="By noon, or", model="m", finish_reason="length")).unusable
    'cut off at curate.max_tokens'
    >>> read_answer(Completion(answer="I'm sorry, but I can't help with that.", model="m")).unusable
    'refusal'
    """
    finished = said.finish_reason.strip().lower()
    if said.refused or finished in FILTER_REASONS:
        return TeacherAnswer(None, REFUSAL)
    if finished in CUT_REASONS:
        return TeacherAnswer(None, CUT)
    text = without_thoughts(said.answer)
    if text:
        return TeacherAnswer(None, REFUSAL) if is_refusal(text) else TeacherAnswer(text)
    if said.answer.strip() or said.thoughts.strip():
        return TeacherAnswer(None, ONLY_THOUGHTS)
    return TeacherAnswer(None, TOOL_CALL if said.tool_calls else EMPTY_ANSWER)


def without_thoughts(text: str) -> str:
    r"""Take a reasoning model's thoughts out of its answer, whether or not their tags are closed or opened.

    Some chat templates open the thought in the prompt, so that only its end is in the answer.

    >>> without_thoughts("<think>\nHm.\n</think>\n\nBy noon.")
    'By noon.'
    >>> without_thoughts("Hm.</think>By noon."), without_thoughts("<think>Hm, still")
    ('By noon.', '')
    """
    for thought in (_LEADING_THOUGHT, _INNER_THOUGHT, _UP_TO_CLOSING, _UNCLOSED_THOUGHT):
        text = thought.sub("", text)
    return text.strip()
