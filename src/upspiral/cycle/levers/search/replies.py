"""What is the search told? How the agent's own model does on the cases, and what its teacher proposes."""

import asyncio
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from upspiral import evaluate
from upspiral.cycle.candidate import identify
from upspiral.cycle.levers.admission import find_objections
from upspiral.cycle.levers.base import DraftTask
from upspiral.cycle.levers.proposal import (
    MAX_SHOWN_CHARS,
    ProposalMaterial,
    ask_teacher,
    is_none,
    read_instructions,
    write_prompt,
)
from upspiral.cycle.levers.search.plan import SearchCases, SearchSize
from upspiral.domain import AgentVersion, Example
from upspiral.domain.ids import derive
from upspiral.errors import ProviderError
from upspiral.evaluate.answer import answers
from upspiral.evaluate.replay import Replay, score_replay
from upspiral.judges import PairJudge
from upspiral.judges.base import Grading
from upspiral.providers.base import ChatModel
from upspiral.runtime import Runtime
from upspiral.scorers import Scorer
from upspiral.wire.fence import Fence

RIGHT = 1.0
"""What GEPA takes for a case that needs no mending; every success gets it."""


class SearchMeans(Struct, frozen=True):
    """Whom a search may ask; every call of theirs is charged to the night."""

    agent: evaluate.Side
    """The live version and the model behind it."""
    teacher: ChatModel
    scorer: Scorer | PairJudge


class TeachingReplies:
    """Answers the search out of the teaching cases.

    The same question is answered once: answers are kept here while the search runs, and those of paid models
    in the night's ledger, so that a night that was killed pays for none again.
    """

    def __init__(
        self,
        runtime: Runtime,
        task: DraftTask,
        means: SearchMeans,
        *,
        cases: SearchCases,
        material: ProposalMaterial,
        size: SearchSize,
    ) -> None:
        """Prepare to answer; nobody is asked yet.

        Args:
            runtime: The parts.
            task: What the lever was asked.
            means: Whom to ask.
            cases: Those that the search names by number.
            material: All that was read of them, against which proposals are held.
            size: After so much nobody is asked any more.
        """
        self._runtime, self._task, self._means = runtime, task, means
        self._cases, self._material, self._size = cases.all, material, size
        self._known: dict[tuple[str, int], tuple[str, float]] = {}
        self.proposals = 0
        self.error: ProviderError | None = None
        """Why the search was ended early."""
        self.objection = ""
        """Why the last proposal was not admitted."""

    async def score(self, instructions: str, cases: Sequence[int]) -> list[float] | None:
        """Let the agent's model answer the cases that it has not answered under these instructions."""
        missing = [n for n in dict.fromkeys(cases) if (instructions, n) not in self._known]
        if self.error or len(self._known) + len(missing) > self._size.most_answers:
            return None
        try:
            for n, (said, score) in zip(missing, await self._answer(instructions, missing), strict=True):
                self._known[instructions, n] = said, score
        except ProviderError as error:
            self.error = error
            return None
        return [self._known[instructions, n][1] for n in cases]

    async def propose(self, instructions: str, cases: Sequence[int]) -> str | None:
        """Ask the teacher for better instructions, and give them where they may stand before a model."""
        if self.error or self.proposals >= self._size.proposals:
            return None
        self.proposals += 1
        wrong = [n for n in dict.fromkeys(cases) if self._recall(instructions, n)[1] < RIGHT]
        try:
            said = await self._ask_teacher(instructions, wrong)
        except ProviderError as error:
            self.error = error
            return None
        text = "" if is_none(said) else read_instructions(said)
        objections = self._object_to(text) if text else []
        self.objection = next(iter(objections), self.objection)
        return "" if objections or text == instructions else text

    def _recall(self, instructions: str, case: int) -> tuple[str, float]:
        return self._known.get((instructions, case), ("", 0.0))

    async def _answer(self, instructions: str, cases: Sequence[int]) -> list[tuple[str, float]]:
        if not cases:
            return []
        examples, agent = [self._cases[n] for n in cases], self._means.agent
        version = self._change(instructions)
        settings = self._runtime.settings.evaluate
        if agent.model is None:
            return [("", 0.0) for _ in cases]
        limits = {"max_tokens": settings.max_tokens, "concurrency": settings.concurrency}
        replays = await answers(version, agent.model, examples, recall=agent.recall, **limits)
        scores = await asyncio.gather(*map(self._measure, examples, replays))
        success_at = self._runtime.settings.capture.success_at
        return [
            (one.said if one else "", RIGHT if score >= success_at else score)
            for one, score in zip(replays, scores, strict=True)
        ]

    def _change(self, instructions: str) -> AgentVersion:
        live = self._task.live
        return identify(msgspec.structs.replace(live, instructions=instructions), live, now=self._task.now)

    async def _measure(self, example: Example, replay: Replay | None) -> float:
        scorer = self._means.scorer
        if replay is None:
            return 0.0
        if not isinstance(scorer, PairJudge):
            return score_replay(example, replay, scorer=scorer).value
        question = next((one.content for one in reversed(example.messages) if one.role == "user"), "")
        asked = Grading(question=question, answer=replay.said, reference=example.answer or None)
        call_id = derive("grd", example.id, replay.said)
        grade = await scorer.judge.grade(asked, call_id=call_id)
        return grade.value if grade else 0.0

    async def _ask_teacher(self, instructions: str, cases: Sequence[int]) -> str:
        task = self._task
        call_id = derive("prop", task.cycle.id, "search", str(self.proposals))
        fence = Fence(self._runtime.workspace_key(task.cycle.workspace), call_id, max_chars=MAX_SHOWN_CHARS)
        shown = tuple(self._cases[n] for n in cases)
        given = {self._cases[n].id: self._recall(instructions, n)[0] for n in cases}
        material = msgspec.structs.replace(self._material, cases=shown, given=given)
        prompt = write_prompt(
            "instructions", instructions=instructions, rules=task.live.rules, material=material, fence=fence
        )
        return await ask_teacher(self._means.teacher, prompt, call_id=call_id)

    def _object_to(self, text: str) -> list[str]:
        """Say why a text may not stand before a model, held against all that was read of any case."""
        return find_objections(
            text,
            replaced=self._task.live.instructions,
            conversations=self._material.list_texts(),
            redact=self._runtime.admission(self._task.cycle.workspace).text,
        )
