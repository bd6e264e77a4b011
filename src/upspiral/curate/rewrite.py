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
from upspiral.curate.teacher_answer import REJECTED_BY_PROVIDER, TeacherAnswer, read_answer
from upspiral.curate.verify import find_agreement
from upspiral.domain import AgentVersion, Cycle, Interaction, Message, Rewrite, ToolCall
from upspiral.domain.ids import InteractionId, RewriteId, derive
from upspiral.domain.prompting import write_prompt
from upspiral.errors import AuthFailed, BudgetSpent, ProviderError
from upspiral.providers.base import ChatModel, ChatRequest
from upspiral.scorers.base import Scorer

GIVE_UP_AFTER = 10
"""A teacher that fails for so many questions and has answered none is not asked further."""
FORBIDDEN_STATUS = 403
"""A moderation says so of one request; a key that may do nothing says so of all, which is counted."""
MAX_UNUSABLE = 20
"""A teacher whose answers to so many questions could not be taught, and none could, is not asked further."""


class RewriteJob(Struct, frozen=True, kw_only=True):
    """Everything that asking needs besides the questions."""

    cycle: Cycle
    teacher: str
    """Id of the teacher: its answers are found again in another night."""
    version: AgentVersion | None = None
    """The live version, whose instructions, rules and examples the teacher is shown."""
    scorer: Scorer
    settings: CurateSettings
    known: Callable[[Sequence[RewriteId]], Mapping[RewriteId, Rewrite]]
    """Finds what was answered before, in whatever night; it is not asked again."""
    keep: Callable[[Rewrite], None]
    """Takes every answer the moment it arrives."""
    now: datetime


async def ask(
    teacher: ChatModel, questions: Sequence[Interaction], *, desk: RewriteJob
) -> dict[InteractionId, tuple[Rewrite, ...]]:
    """Put failing questions to a teacher, each several times, and once more where the answers differ.

    Questions for which the teacher would be shown the very same are asked once.

    Args:
        teacher: Who is asked.
        questions: The Interactions that failed.
        desk: What was answered before, who keeps the answers, and the settings.

    Returns:
        Every answer and every error, by Interaction; nothing for those that were not asked because none of
        the teacher's first answers could be taught, or because the night's budget is used up.

    Raises:
        ProviderError: The teacher refuses the key, or fails for too many questions; names it and why.
    """
    keys = {question.id: rewrite_key(question, desk) for question in questions}
    asked = list({keys[question.id]: question for question in reversed(questions)}.values())[::-1]
    known = desk.known([name for q in asked for name in _names(keys[q.id], desk.settings)])
    gate, tally = asyncio.Semaphore(desk.settings.concurrency), _Tally(teacher.name, len(asked), desk)

    async def one(question: Interaction) -> tuple[Rewrite, ...]:
        async with gate:
            if tally.is_over:
                return ()
            names = _names(keys[question.id], desk.settings)
            try:
                return await _votes(_Asking(teacher, question, names, known, desk), tally=tally)
            except BudgetSpent:
                tally.gave_up = True
                return ()
            except ProviderError:
                tally.gave_up = (
                    True  # those that wait for their turn would be asked before they are cancelled
                )
                raise

    tasks = [asyncio.create_task(one(question)) for question in asked]
    try:
        answers = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    by_key = {keys[question.id]: found for question, found in zip(asked, answers, strict=True)}
    return {question.id: by_key[keys[question.id]] for question in questions}


def rewrite_key(question: Interaction, desk: RewriteJob) -> str:
    """Hash everything that a teacher's answer depends on; the same in every night."""
    shown = [f"{m.role}\x1e{m.content}" for m in prompt(question, desk.version)]
    settings = desk.settings
    knobs = (str(settings.max_tokens), str(settings.temperature))
    return derive("rw", desk.cycle.workspace, desk.teacher, *knobs, *shown)


def prompt(interaction: Interaction, version: AgentVersion | None = None) -> tuple[Message, ...]:
    """Write what the teacher is shown: instructions, conversation with tools, question, failed answer.

    Args:
        interaction: What failed.
        version: What the agent was told before the conversation; nothing where it is None.
    """
    task, _, material = _template().partition("\n---\n")
    before = write_prompt(version, ()).stable if version else ()
    shown = Template(material).substitute(
        instructions=_quote(_lines(before)) or "(none)",
        conversation=_quote(_conversation(interaction)) or "(the question is its beginning)",
        question=_quote(interaction.question),
        failed=_quote(interaction.answer) or f"(none: {_quote(interaction.error or 'no answer')})",
    )
    return Message("system", task.strip()), Message("user", shown.strip())


def _conversation(interaction: Interaction) -> str:
    """Write everything around the question: what was said before it, and what tools gave after it."""
    last = max((n for n, m in enumerate(interaction.messages) if m.role == "user"), default=0)
    before, after = interaction.messages[:last], interaction.messages[last + 1 :]
    called = "\n".join(_call(call) for call in interaction.tool_calls)
    if not (before or after or called):
        return ""
    parts = (_lines(before), "user: (the question below)", _lines(after), called)
    return "\n".join(part for part in parts if part)


def _lines(messages: Sequence[Message]) -> str:
    return "\n".join(f"{m.role}: {m.content}" for m in messages)


def _call(call: ToolCall) -> str:
    came = call.result if call.error is None else f"error: {call.error}"
    return f"assistant called {call.name}({call.arguments})" + (f"\ntool: {came}" if came else "")


@cache
def _template() -> str:
    return (Path(__file__).parent / "prompts" / "rewrite.md").read_text()


def _quote(text: str) -> str:
    # Nobody can close a tag of ours from within a conversation and go on as its author.
    return re.sub(r"<(/?)(assistant_instructions|conversation|question|failed_answer)>", r"[\1\2]", text)


class _Asking(Struct, frozen=True):
    """One question on its way to a teacher."""

    teacher: ChatModel
    question: Interaction
    names: Sequence[RewriteId]
    """The id of each attempt."""
    known: Mapping[RewriteId, Rewrite]
    desk: RewriteJob


def _names(key: str, settings: CurateSettings) -> list[RewriteId]:
    return [RewriteId(derive("rw", key, str(attempt))) for attempt in range(settings.votes + 1)]


async def _votes(asking: _Asking, *, tally: "_Tally") -> tuple[Rewrite, ...]:
    found: list[Rewrite] = []
    failure: ProviderError | None = None
    for attempt in range(len(asking.names)):
        if attempt == asking.desk.settings.votes and not _needs_one_more(asking, found):
            break
        rewrite, failure = await _ask_teacher(asking, attempt)
        found.append(rewrite)
        if failure and not failure.retryable:
            break  # the same request would be refused again
    tally.count(found, failure)
    return tuple(found)


def _needs_one_more(asking: _Asking, found: Sequence[Rewrite]) -> bool:
    """Say whether one more answer may settle it: not where two agree, nor where none could be taught."""
    if find_agreement(asking.question.question, found, scorer=asking.desk.scorer):
        return False
    return any(r.answer for r in found) or not any(r.unusable for r in found)


async def _ask_teacher(asking: _Asking, attempt: int) -> tuple[Rewrite, ProviderError | None]:
    name, desk, teacher = asking.names[attempt], asking.desk, asking.teacher
    known = asking.known.get(name)
    if known and (known.answer or known.unusable not in {None, REJECTED_BY_PROVIDER}):
        return known, None
    settings, failure = desk.settings, None
    shown = prompt(asking.question, desk.version)
    request = ChatRequest(shown, max_tokens=settings.max_tokens, temperature=settings.temperature)
    try:
        taught = read_answer(await teacher.complete(request, call_id=name))
    except BudgetSpent:
        raise  # nobody was asked: no failure of the teacher
    except ProviderError as error:
        if isinstance(error, AuthFailed) and error.status != FORBIDDEN_STATUS:
            raise _name_error(error, f"Teacher {teacher.name} does not accept the key") from error
        failure, taught = error, TeacherAnswer(None, None if error.retryable else REJECTED_BY_PROVIDER)
    rewrite = Rewrite(
        id=name,
        workspace=desk.cycle.workspace,
        cycle=desk.cycle.id,
        interaction=asking.question.id,
        attempt=attempt,
        teacher=teacher.name,
        answer=taught.text,
        error=str(failure) if failure else None,
        unusable=taught.unusable,
        at=desk.now,
    )
    desk.keep(rewrite)
    return rewrite, failure


class _Tally:
    """Counts the questions without any answer, and ends the asking where they are too many."""

    def __init__(self, teacher: str, total: int, desk: RewriteJob) -> None:
        self.teacher, self.total, self.max_void = teacher, total, desk.settings.max_void
        self.answered = self.failed = self.unusable = 0
        self.gave_up = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more is asked: the teacher failed, or nothing that it says can be taught."""
        return self.gave_up or (self.unusable >= MAX_UNUSABLE and not self.answered)

    def count(self, found: Sequence[Rewrite], failure: ProviderError | None) -> None:
        """Count one question.

        Raises:
            ProviderError: The teacher fails too often; what it says cannot be taught is no failure of it.
        """
        answered = any(rewrite.answer for rewrite in found)
        self.answered += answered
        if answered or failure is None:
            self.unusable += not answered
            return
        self.failed += 1
        hopeless = self.failed >= GIVE_UP_AFTER and not self.answered
        if hopeless or self.failed > self.max_void * self.total:
            raise _name_error(
                failure, f"Teacher {self.teacher} failed for {self.failed} of {self.total} questions"
            )


def _name_error(error: ProviderError, said: str) -> ProviderError:
    return type(error)(
        f"{said}: {error.message}",
        hint=error.hint,
        provider=error.provider,
        status=error.status,
        retry_after=error.retry_after,
    )
