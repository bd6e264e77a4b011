"""What did the teacher's model send: an answer that can be taught, or a refusal, a thought, half a text? (pure)."""

import re

from msgspec import Struct

from upspiral.providers.base import Completion

REFUSAL = "refusal"
CUT = "cut off at curate.max_tokens"
EMPTY = "empty answer"
ONLY_THOUGHTS = "thoughts without an answer"
TOOL_CALL = "tool call instead of an answer"

CUT_REASONS = frozenset({"length", "max_tokens", "max_output_tokens", "incomplete", "model_length"})
"""Finish reasons of OpenAI, Anthropic, Mistral and the local hosts that mean: there was more to say."""
FILTER_REASONS = frozenset({"content_filter", "refusal", "safety", "blocklist", "prohibited_content"})

_THOUGHT = r"(?:think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis)"
_CLOSED_THOUGHT = re.compile(rf"<({_THOUGHT})\b[^>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_UP_TO_CLOSING = re.compile(rf"\A.*</{_THOUGHT}\s*>", re.DOTALL | re.IGNORECASE)
_OPEN_THOUGHT = re.compile(rf"<{_THOUGHT}\b[^>]*>.*\Z", re.DOTALL | re.IGNORECASE)
_REFUSES = re.compile(
    r"""\A\W*
    (?:(?:i['’]?m|i\ am|we['’]?re|we\ are)\ (?:very\ |so\ |really\ )?sorry[,.:;!—–-]*\s*(?:but\s+)?
      |(?:my\ )?apologies[,.:;!]*\s*(?:but\s+)?|i\ apologi[sz]e[,.:;!]*\s*(?:but\s+)?
      |sorry[,.:;!]*\s*(?:but\s+)?|unfortunately[,]?\s*|as\ an\ ai\b[^.,]*,\s*)*
    (?:i\ (?:can['’]?t|cannot|can\ not|won['’]?t|will\ not|am\ unable\ to|['’]m\ unable\ to
        |am\ not\ able\ to|['’]m\ not\ able\ to|must\ decline|have\ to\ decline)
      |i['’]m\ (?:unable|not\ able)\ to)
    \W+(?:to\W+)?(?:help|assist|provide|comply|fulfil|answer|respond|engage|discuss|do\ that|continue|generate
      |create|write|rewrite|support|process|complete|share|your\ request|this\ request|that\ request)
    |\A\W*(?:es\ tut\ mir\ leid|tut\ mir\ leid|entschuldigung)[,.]?\s*(?:aber\s+)?
      (?:ich\ kann|dabei\ kann\ ich|da\ kann\ ich|das\ kann\ ich).{0,40}\bnicht\b
    |\A\W*(?:je\ suis\ )?désolée?[,.]?\s*(?:mais\s+)?je\ ne\ peux\ pas
    |\A\W*lo\ siento[,.]?\s*(?:pero\s+)?no\ puedo""",
    re.IGNORECASE | re.VERBOSE,
)
"""The set phrases with which models refuse, in four languages; a host that says so itself needs none of them."""


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
        return TeacherAnswer(None, REFUSAL) if _REFUSES.search(text) else TeacherAnswer(text)
    if said.answer.strip() or said.thoughts.strip():
        return TeacherAnswer(None, ONLY_THOUGHTS)
    return TeacherAnswer(None, TOOL_CALL if said.tool_calls else EMPTY)


def without_thoughts(text: str) -> str:
    r"""Take a reasoning model's thoughts out of its answer, whether or not their tags are closed or opened.

    Some chat templates open the thought in the prompt, so that only its end is in the answer.

    >>> without_thoughts("<think>\nHm.\n</think>\n\nBy noon.")
    'By noon.'
    >>> without_thoughts("Hm.</think>By noon."), without_thoughts("<think>Hm, still")
    ('By noon.', '')
    """
    text = _CLOSED_THOUGHT.sub("", text)
    return _OPEN_THOUGHT.sub("", _UP_TO_CLOSING.sub("", text)).strip()
