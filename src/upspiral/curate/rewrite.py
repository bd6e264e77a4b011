"""What would a teacher have said? Each failing question is put to it several times, and each answer kept."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from string import Template

from msgspec import Struct

from upspiral.curate.config import CurateSettings
from upspiral.curate.verify import agreed
from upspiral.domain import Cycle, Interaction, Message, Rewrite
from upspiral.domain.ids import InteractionId, RewriteId, derive
from upspiral.errors import AuthFailed, ProviderError, Rejected
from upspiral.providers.base import ChatModel, ChatRequest
from upspiral.scorers.base import Scorer

HOPELESS = 10
"""A teacher that fails for so many questions and has answered none is not asked further."""


class Desk(Struct, frozen=True, kw_only=True):
    """Everything that asking needs besides the questions."""

    cycle: Cycle
    scorer: Scorer
    settings: CurateSettings
    known: Mapping[RewriteId, Rewrite]
    """What was answered before; it is not asked again."""
    keep: Callable[[Rewrite], None]
    """Takes every answer the moment it arrives."""
    now: datetime


async def ask(
    teacher: ChatModel, questions: Sequence[Interaction], *, desk: Desk
) -> dict[InteractionId, tuple[Rewrite, ...]]:
    """Put failing questions to a teacher, each several times, and once more where the answers differ.

    Args:
        teacher: Who is asked.
        questions: The Interactions that failed.
        desk: What was answered before, who keeps the answers, and the settings.

    Returns:
        Every answer and every error, by Interaction.

    Raises:
        ProviderError: The teacher refuses the key, or fails for too many questions; names it and why.
    """
    gate, tally = asyncio.Semaphore(desk.settings.concurrency), _Tally(teacher.name, len(questions), desk)

    async def one(question: Interaction) -> tuple[Rewrite, ...]:
        async with gate:
            return await _votes(teacher, question, desk=desk, tally=tally)

    tasks = [asyncio.create_task(one(question)) for question in questions]
    try:
        answers = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return {question.id: found for question, found in zip(questions, answers, strict=True)}


def rewrite_id(cycle: Cycle, interaction: InteractionId, attempt: int) -> RewriteId:
    """Name one call of a teacher, the same at every repetition; the teacher's idempotency key."""
    return RewriteId(derive("rw", cycle.id, interaction, str(attempt)))


def prompt(interaction: Interaction) -> tuple[Message, ...]:
    """Write what the teacher is shown: instructions, conversation, question, failed answer."""
    instructions, _, material = _template().partition("\n---\n")
    last = max((n for n, m in enumerate(interaction.messages) if m.role == "user"), default=0)
    before = "\n".join(f"{m.role}: {m.content}" for m in interaction.messages[:last])
    shown = Template(material).substitute(
        conversation=_quoted(before) or "(the question is its beginning)",
        question=_quoted(interaction.question),
        failed=_quoted(interaction.answer) or f"(none: {_quoted(interaction.error or 'no answer')})",
    )
    return Message("system", instructions.strip()), Message("user", shown.strip())


@cache
def _template() -> str:
    return (Path(__file__).parent / "prompts" / "rewrite.md").read_text()


def _quoted(text: str) -> str:
    # Nobody can close a tag of ours from within a conversation and go on as its author.
    return re.sub(r"<(/?)(conversation|question|failed_answer)>", r"[\1\2]", text)


async def _votes(
    teacher: ChatModel, question: Interaction, *, desk: Desk, tally: "_Tally"
) -> tuple[Rewrite, ...]:
    found: list[Rewrite] = []
    last: ProviderError = Rejected("The answer is empty.", hint="Look at what the teacher is asked.")
    for attempt in range(desk.settings.votes + 1):
        if attempt == desk.settings.votes and agreed(question.question, found, scorer=desk.scorer):
            break
        rewrite, failure = await _asked(teacher, question, attempt=attempt, desk=desk)
        found.append(rewrite)
        last = failure or last
    tally.count(answered=any(rewrite.answer for rewrite in found), last=last)
    return tuple(found)


async def _asked(
    teacher: ChatModel, question: Interaction, *, attempt: int, desk: Desk
) -> tuple[Rewrite, ProviderError | None]:
    name = rewrite_id(desk.cycle, question.id, attempt)
    if name in desk.known and desk.known[name].answer:
        return desk.known[name], None
    settings = desk.settings
    request = ChatRequest(prompt(question), max_tokens=settings.max_tokens, temperature=settings.temperature)
    answer, failure = None, None
    try:
        answer = (await teacher.complete(request, call_id=name)).answer.strip() or None
    except AuthFailed as error:
        raise _named(error, f"Teacher {teacher.name} does not accept the key") from error
    except ProviderError as error:
        failure = error
    rewrite = Rewrite(
        id=name,
        workspace=desk.cycle.workspace,
        cycle=desk.cycle.id,
        interaction=question.id,
        attempt=attempt,
        teacher=teacher.name,
        answer=answer,
        error=str(failure) if failure else None if answer else "The teacher's answer is empty.",
        at=desk.now,
    )
    desk.keep(rewrite)
    return rewrite, failure


class _Tally:
    """Counts the questions without any answer, and ends the asking where they are too many."""

    def __init__(self, teacher: str, total: int, desk: Desk) -> None:
        self.teacher, self.total, self.max_void = teacher, total, desk.settings.max_void
        self.answered = self.failed = 0

    def count(self, *, answered: bool, last: ProviderError) -> None:
        self.answered += answered
        self.failed += not answered
        hopeless = self.failed >= HOPELESS and not self.answered
        if not answered and (hopeless or self.failed > self.max_void * self.total):
            said = f"Teacher {self.teacher} failed for {self.failed} of {self.total} questions"
            raise _named(last, said)


def _named(error: ProviderError, said: str) -> ProviderError:
    return type(error)(
        f"{said}: {error.message}",
        hint=error.hint,
        provider=error.provider,
        status=error.status,
        retry_after=error.retry_after,
    )
