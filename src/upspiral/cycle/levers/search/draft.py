"""When are instructions searched for rather than written once, and what is drafted of what was found?"""

import hashlib

import msgspec

from upspiral.budget import MeteredModel
from upspiral.budget.account import count_affordable, leave_out
from upspiral.cycle.comparison import get_side
from upspiral.cycle.levers.base import Declined, Draft, DraftCost, DraftTask
from upspiral.cycle.levers.proposal import count_tokens, read_material
from upspiral.cycle.levers.search.plan import (
    BATCH_CASES,
    OVERRUN,
    SearchCases,
    SearchSize,
    select_cases,
    size_search,
)
from upspiral.cycle.levers.search.process import SearchTask, is_installed, run_search
from upspiral.cycle.levers.search.replies import SearchMeans, TeachingReplies
from upspiral.domain import Example, Message, Split
from upspiral.domain.ids import BudgetId
from upspiral.domain.night.budget import Amount, Purpose
from upspiral.providers.base import ChatModel, ChatRequest
from upspiral.runtime import Runtime


class InstructionSearch:
    """A search for better instructions of one agent in one night."""

    def __init__(
        self, task: DraftTask, replies: TeachingReplies, *, cases: SearchCases, size: SearchSize
    ) -> None:
        self._task, self._replies, self._cases, self.size = task, replies, cases, size

    async def draft(self) -> Draft | Declined:
        """Search, and draft the best that was found; how well it did there is told to nobody.

        Raises:
            ProviderError: A model did not answer, or the budget was used up, before anything was found.
            UpspiralError: The search failed.
        """
        live, replies = self._task.live, self._replies
        searched = SearchTask(
            instructions=live.instructions,
            failed=list(range(self._cases.failed)),
            all=list(range(len(self._cases.all))),
            answers=self.size.answers,
            seed=int(hashlib.sha256(self._task.cycle.id.encode()).hexdigest()[:8], 16),
        )
        found = await run_search(searched, replies)
        if not found and replies.error:
            raise replies.error
        if not found:
            why = f"; the last one refused: {replies.objection}" if replies.objection else ""
            return Declined(f"No proposal of {replies.proposals} did better on the teaching cases{why}.")
        length = f"instructions of {len(found[0])} characters instead of {len(live.instructions)}"
        tried = "1 proposal" if replies.proposals == 1 else f"{replies.proposals} proposals"
        return Draft(
            version=msgspec.structs.replace(live, instructions=found[0]),
            summary=f"{length}, found in {tried}",
        )


def prepare_search(runtime: Runtime, task: DraftTask, teacher: ChatModel) -> InstructionSearch | None:
    """Prepare a search; None where the teacher is rather asked once.

    That is where the extra `prompts` is not installed or the search switched off, where no case went wrong,
    and where the night's budget does not bear a search that could find anything.
    """
    cases = _read_cases(runtime, task)
    if cases is None:
        return None
    agent = get_side(runtime, task.live, task.cycle, purpose=Purpose.PROPOSER)
    affordable = _count_affordable(runtime, task, cases, models=(agent.model, teacher))
    size = size_search(runtime.settings.levers.search_answers, cases, affordable=affordable)
    if size is None:
        return None
    scorer = runtime.scorer(task.cycle.workspace, runtime.charge(task.cycle, Purpose.PROPOSER))
    material = read_material(runtime, task, cases.all)
    means = SearchMeans(agent, teacher, scorer)
    replies = TeachingReplies(runtime, task, means, cases=cases, material=material, size=size)
    return InstructionSearch(task, replies, cases=cases, size=size)


def estimate_search(runtime: Runtime, task: DraftTask) -> DraftCost | None:
    """Say what a search takes at most, where one is made: GEPA may overrun its limit by a part."""
    cases = _read_cases(runtime, task)
    if cases is None:
        return None
    size = size_search(runtime.settings.levers.search_answers, cases, affordable=None)
    if size is None:
        return None
    shown = [task.live.instructions, *(message.content for one in cases.all for message in one.messages)]
    case = sum(map(len, shown)) // (4 * len(cases.all))
    tokens = size.answers * (case + runtime.settings.evaluate.max_tokens)
    return DraftCost(usd=None, tokens=round(OVERRUN * tokens) + size.proposals * count_tokens(shown))


def _read_cases(runtime: Runtime, task: DraftTask) -> SearchCases | None:
    """Read the cases of a search; None where there can be none."""
    if not runtime.settings.levers.search_answers or not is_installed():
        return None
    cases = select_cases(runtime.store.examples.of(task.cycle.workspace, task.dataset.id, Split.TRAIN))
    return cases if cases.failed else None


def _count_affordable(
    runtime: Runtime, task: DraftTask, cases: SearchCases, *, models: tuple[ChatModel | None, ChatModel]
) -> int | None:
    """Count the answers that the night's budget bears, each with its part of a proposal.

    What proposing took already is left out: a search that was killed has the size with which it began.
    """
    store, workspace, night = runtime.store, task.cycle.workspace, BudgetId(task.cycle.id)
    budget = store.budgets.find(workspace, night) or runtime.charge(task.cycle, Purpose.PROPOSER).budget
    proposing = [one for one in store.reservations.of(workspace, night) if one.purpose is Purpose.PROPOSER]
    budget = leave_out(budget, proposing)
    agent, teacher = models
    limit = runtime.settings.evaluate.max_tokens
    answers = [_bound(agent, _ask(task, one, max_tokens=limit)) for one in cases.all]
    shown = " ".join(message.content for one in cases.all[:BATCH_CASES] for message in one.messages)
    proposal = _bound(teacher, ChatRequest((Message("user", task.live.instructions + shown),)))
    parts = 2 * BATCH_CASES
    each = Amount(
        sum(one.tokens for one in answers) // len(answers) + proposal.tokens // parts,
        sum(one.nano_usd or 0 for one in answers) // len(answers) + (proposal.nano_usd or 0) // parts,
    )
    return count_affordable(budget, each)


def _ask(task: DraftTask, example: Example, *, max_tokens: int) -> ChatRequest:
    words = Message("system", "\n".join((task.live.instructions, *task.live.rules)))
    return ChatRequest((words, *example.messages), max_tokens=max_tokens)


def _bound(model: ChatModel | None, request: ChatRequest) -> Amount:
    """Say what a call can take at most of the budget; nothing where the model is a local one."""
    return model.bound(request) if isinstance(model, MeteredModel) else Amount(0, 0)
