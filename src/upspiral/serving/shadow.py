"""What would a candidate have answered? It answers copies of requests, after the user has got the answer.

Off by default. Nobody sees these answers; they are pairs of the comparison on which the gate decides. A
request that has effects is never copied: the caller says so, or it has tools and the caller says nothing.
"""

import asyncio
import hashlib
import time

from msgspec import Struct

from upspiral.domain import AgentVersion, Arm, Split
from upspiral.domain.ids import AgentId, AgentVersionId, ShadowId, WorkspaceId, derive
from upspiral.domain.night.budget import Purpose
from upspiral.domain.night.shadow import ShadowAnswer
from upspiral.domain.prompting import write_prompt
from upspiral.errors import UpspiralError
from upspiral.logs import get_logger
from upspiral.providers.base import ChatRequest
from upspiral.runtime import Runtime
from upspiral.serving.request import GatewayRequest, RoutedRequest
from upspiral.wire.options import read_options
from upspiral.wire.translate.recorded import is_run_by_host, repeat_options

EFFECTS = "effects"
"""Name in the metadata of a request by which its caller says whether it has effects."""
NO = frozenset(("no", "none", "false", "0"))
MAX_UNDER_WAY = 8
"""Copies that are answered at the same time; while there are so many, no other request is copied."""
MAX_CANDIDATE_AGE_S = 30.0
"""So long a candidate that waits is taken to wait still."""

log = get_logger(__name__)


class _Waiting(Struct, frozen=True):
    """Which candidate of an agent waits, if any, and when that was read."""

    candidate: AgentVersionId | None
    read_at: float


class ShadowRequests:
    """The copies of requests that candidates of one process answer.

    Args:
        runtime: The parts.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._under_way: set[asyncio.Task[None]] = set()
        self._waiting: dict[tuple[WorkspaceId, AgentId], _Waiting] = {}

    def offer(self, routed: RoutedRequest) -> None:
        """Let a candidate answer a copy of a request, if there is one and the request is drawn.

        Called once the answer has gone out; returns at once, and nothing that goes wrong reaches the caller.
        """
        share = routed.served.agent.shadow_share
        if share is None:
            share = self._runtime.settings.deploy.shadow_share
        if not share or len(self._under_way) >= MAX_UNDER_WAY:
            return
        asked = routed.asked
        if routed.arm is Arm.CANARY or not asked.dialect.talks or has_effects(asked):
            return
        if _draw(routed.interaction) < share:
            task = asyncio.create_task(self._answer(routed))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def wait(self) -> None:
        """Wait until every copy is answered."""
        await asyncio.gather(*self._under_way)

    async def _answer(self, routed: RoutedRequest) -> None:
        try:
            candidate = await asyncio.to_thread(self._find_candidate, routed)
            if candidate is None:
                return
            said = await _ask(self._runtime, routed, candidate)
            row = _to_row(self._runtime, routed, candidate, said)
            await self._runtime.write(lambda: self._runtime.store.shadow_answers.insert_ignore(row))
        except UpspiralError as error:  # the user has the answer; a copy that fails is one pair less
            log.info("a copy of a request was not answered", agent=routed.name, reason=str(error))

    def _find_candidate(self, routed: RoutedRequest) -> AgentVersion | None:
        """Find the canary, or else the candidate that waits for labels of people."""
        served, store = routed.served, self._runtime.store
        if served.candidate:
            return served.candidate
        key = (served.agent.workspace, served.agent.id)
        known = self._waiting.get(key)
        if known is None or time.monotonic() - known.read_at > MAX_CANDIDATE_AGE_S:
            found = find_waiting(self._runtime, *key, live=served.agent.live)
            known = self._waiting[key] = _Waiting(found, time.monotonic())
        return store.agent_versions.find(key[0], known.candidate) if known.candidate else None


def find_waiting(
    runtime: Runtime, workspace: WorkspaceId, agent: AgentId, *, live: AgentVersionId
) -> AgentVersionId | None:
    """Find the candidate about which the gate could decide nothing yet: people have labeled too few pairs."""
    store = runtime.store
    for report in store.eval_reports.of(workspace, agent):
        if report.split is Split.HELDOUT and report.judge and report.incumbent == live:
            decided = [one for one in store.gate_decisions.of(workspace, agent) if one.report == report.id]
            return report.candidate if decided and not decided[0].alpha else None
    return None


def has_effects(asked: GatewayRequest) -> bool:
    """Say whether answering a copy of a request might do something that one answer alone should do.

    What the caller says counts; where it says nothing, a request with tools has effects. One whose host runs
    tools has them in any case.
    """
    options = read_options(asked.body, asked.dialect.name)
    if is_run_by_host(options):
        return True
    said = asked.metadata.get(EFFECTS, "").strip().lower()
    if said in NO:
        return False
    return bool(said) or bool(options and options.tools)


async def _ask(runtime: Runtime, routed: RoutedRequest, candidate: AgentVersion) -> str:
    """Ask the candidate as the incumbent was; give its redacted text, nothing where it asked for a tool."""
    asked, store = routed.asked, runtime.store
    model_version = store.model_versions.get(asked.workspace, candidate.model)
    charge = runtime.charge_shadow(asked.workspace, routed.served.agent.id, Purpose.SHADOW)
    model = await asyncio.to_thread(runtime.meter_version, model_version, charge)
    prompt = await asyncio.to_thread(
        write_prompt, candidate, asked.messages, runtime.memories.recall, apart_from=routed.conversation
    )
    options = repeat_options(read_options(asked.body, asked.dialect.name), with_sampling=True)
    request = ChatRequest(prompt.put_before(asked.messages), options={**candidate.sampling, **options})
    said = await model.complete(request)
    if said.tool_calls:
        return ""
    admission = runtime.admission(asked.workspace)
    return await runtime.redact(lambda: admission.text(said.answer), chars=len(said.answer))


def _to_row(runtime: Runtime, routed: RoutedRequest, candidate: AgentVersion, said: str) -> ShadowAnswer:
    return ShadowAnswer(
        id=ShadowId(derive("sha", candidate.id, routed.interaction)),
        workspace=routed.asked.workspace,
        agent=routed.served.agent.id,
        candidate=candidate.id,
        incumbent=routed.version.id,
        interaction=routed.interaction,
        at=runtime.now(),
        answer=said,
    )


def _draw(interaction: str) -> float:
    """Give a number from 0 to 1 that an Interaction always has.

    >>> 0 <= _draw("int_1") < 1
    True
    """
    return int.from_bytes(hashlib.sha256(f"shadow\x1f{interaction}".encode()).digest()[:8]) / 2**64
