"""What would a model call a weakness? Where it says nothing useful, the plain name stays."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Template

from msgspec import structs

from upspiral.domain import Message, Pattern
from upspiral.domain.ids import InteractionId
from upspiral.domain.pattern import EVERYTHING
from upspiral.errors import ProviderError
from upspiral.lexical.scripts import find_marks
from upspiral.providers.base import ChatModel, ChatRequest

MAX_NAME_WORDS, MAX_NAME_CHARS = 8, 60
"""A name has at most so many."""
SHOWN_QUESTIONS, MAX_QUESTION_CHARS = 5, 400
"""Questions that the model is shown of each group, and letters of each."""
MAX_NAMED_GROUPS = 20
"""Groups named in one search, those with the most failures."""


async def name_patterns(
    found: Sequence[Pattern],
    questions: Mapping[InteractionId, str],
    *,
    known: Sequence[Pattern],
    model: ChatModel,
) -> list[Pattern]:
    """Give new groups of texts a name that a model finds; slices and everything have names.

    Args:
        found: What a search found, recognised.
        questions: What was asked, by Interaction.
        known: What was known before; it keeps its names.
        model: Who is asked, once for each new group.

    Returns:
        The findings in their order. Where the model fails, or says what another pattern is called, the
        plain name stays.
    """
    old = {one.id for one in known}
    groups = [one for one in found if one.members and not one.conditions and one.name != EVERYTHING]
    new = [one for one in groups if one.id not in old][:MAX_NAMED_GROUPS]
    said = await asyncio.gather(*(_ask_name(one, questions, model) for one in new))
    taken = {one.name.casefold() for one in (*known, *found)}
    names = {}
    for one, name in zip(new, said, strict=True):
        if name and name.casefold() not in taken:
            taken.add(name.casefold())
            names[one.id] = name
    return [structs.replace(one, name=names.get(one.id, one.name)) for one in found]


def read_name(answer: str) -> str:
    """Take a name from a model's answer: its first line, without marks around it, cut to its first words.

    >>> read_name('**"Vouchers that are refused at checkout."**')
    'Vouchers that are refused at checkout'
    >>> read_name("..."), read_name("one two three four five six seven eight nine")
    ('', 'one two three four five six seven eight')
    """
    line = next((line for line in answer.splitlines() if line.strip()), "")
    plain = re.sub(rf"[^\w\s{find_marks()}'/&+,:()-]", " ", line)
    name = " ".join(plain.split()[:MAX_NAME_WORDS])[:MAX_NAME_CHARS].strip(" '/&+,:(-")
    return name if any(letter.isalpha() for letter in name) else ""


async def _ask_name(pattern: Pattern, questions: Mapping[InteractionId, str], model: ChatModel) -> str:
    shown = [questions[member] for member in pattern.members if member in questions][:SHOWN_QUESTIONS]
    request = ChatRequest(_prompt(pattern.terms, shown), max_tokens=40, temperature=0.0)
    try:
        return read_name((await model.complete(request, call_id=f"name-{pattern.id}")).answer)
    except ProviderError:
        return ""


def _prompt(terms: Sequence[str], questions: Sequence[str]) -> tuple[Message, ...]:
    instructions, _, material = _template().partition("\n---\n")
    quoted = [f"<question>{_strip_markup(text[:MAX_QUESTION_CHARS])}</question>" for text in questions]
    told = Template(material).substitute(terms=", ".join(terms), questions="\n".join(quoted))
    return Message("system", instructions.strip()), Message("user", told.strip())


@cache
def _template() -> str:
    return (Path(__file__).parent / "prompts" / "name.md").read_text()


def _strip_markup(text: str) -> str:
    # Nobody can close the tag of ours from within a question and go on as its author.
    return re.sub(r"<(/?)question>", r"[\1question]", text)
