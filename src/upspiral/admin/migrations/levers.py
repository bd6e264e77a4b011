"""Can a lever make up for what another model does worse? Drafts on its version, proven as the model is."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from upspiral import curate, evaluate
from upspiral.cycle.candidate import identify
from upspiral.cycle.comparison import compare_sides, get_side
from upspiral.cycle.levers.approvals import list_changed, must_ask
from upspiral.cycle.levers.available import find_obstacles, make_lever
from upspiral.cycle.levers.base import Draft, DraftTask
from upspiral.deploy.advance import add_version
from upspiral.domain import Agent, AgentVersion, Cycle, Dataset, EvalReport, ExampleKind
from upspiral.domain.ids import AgentVersionId, ReportId
from upspiral.errors import StoreError, UpspiralError
from upspiral.evaluate import MigrationVerdict
from upspiral.runtime import Runtime
from upspiral.stats.paired import Noninferiority

TRIED_LEVERS = ("examples", "rules", "instructions")
"""What keeps the other model as it is, the cheapest first."""


class MigrationLever(Struct, frozen=True, kw_only=True):
    """What one lever did where another model is worse."""

    lever: str
    reason: str
    """What it changed, or why it changed nothing."""
    version: str | None = None
    """The version that it drafted, such as `support@4`."""
    candidate: AgentVersionId | None = None
    evaluation: ReportId | None = None
    verdict: MigrationVerdict | None = None
    """The same question as of the model alone, on cases from which the lever learned nothing."""

    @property
    def has_made_up(self) -> bool:
        """Is the other model with it as good as the one that is there now?"""
        return self.verdict is not None and self.verdict.outcome is Noninferiority.NOT_WORSE


class ComparedModel(NamedTuple):
    """Another model, what it was compared with, and on what."""

    agent: Agent
    version: AgentVersion
    """With the other model."""
    incumbent: evaluate.Side
    report: EvalReport
    dataset: Dataset


async def try_levers(runtime: Runtime, case: ComparedModel, *, payer: Cycle) -> list[MigrationLever]:
    """Let levers learn from a part of the cases and prove their drafts on the others, until one makes up.

    Nothing is tried where the model is not worse.

    Each proof spends its part of the level, so that several tries mislead no more often than one.

    Args:
        runtime: The parts.
        case: Whose weakness is to be made up for.
        payer: Pays for all calls.
    """
    if judge_report(runtime, case.report).outcome is not Noninferiority.WORSE:
        return []
    obstacles = find_obstacles(runtime, case.agent)
    names = [name for name in TRIED_LEVERS if name in obstacles]
    tried: list[MigrationLever] = []
    for name in names:
        if obstacle := obstacles[name]:
            tried.append(MigrationLever(lever=name, reason=obstacle))
            continue
        try:
            tried.append(await _try(runtime, case, name, payer=payer, tries=len(names)))
        except StoreError:
            raise
        except UpspiralError as error:
            tried.append(MigrationLever(lever=name, reason=str(error)))
        if tried[-1].has_made_up:
            break
    return tried


async def _try(
    runtime: Runtime, case: ComparedModel, name: str, *, payer: Cycle, tries: int
) -> MigrationLever:
    store, now = runtime.store, runtime.now()
    dataset = curate.part_settled(
        store,
        case.dataset,
        [pair.example for pair in case.report.pairs if (pair.preference or 0) < 0],
        kind=ExampleKind.REPLAY if name == "examples" else ExampleKind.CORRECTION,
        settings=runtime.settings.curate,
        now=now,
    )
    if dataset is None:
        return MigrationLever(lever=name, reason="Too few conversations went wrong to learn from.")
    cycle = replace(payer, dataset=dataset.id)
    task = DraftTask(cycle=cycle, agent=case.agent, live=case.version, dataset=dataset, now=now)
    said = await make_lever(runtime, name).draft(task)
    if not isinstance(said, Draft):
        return MigrationLever(lever=name, reason=getattr(said, "reason", "It takes longer than a migration."))
    if _needs_approval(runtime, case, said):
        why = "A person must approve learned texts (levers.approval), so it is left to a night."
        return MigrationLever(lever=name, reason=why)
    version = add_version(store, identify(said.version, case.version, now=now))
    report = await compare_sides(
        runtime,
        evaluate.CaseSet(dataset),
        candidate=get_side(runtime, version, payer),
        incumbent=case.incumbent,
        payer=payer,
    )
    return MigrationLever(
        lever=name,
        reason=said.summary,
        version=version.name,
        candidate=version.id,
        evaluation=report.id,
        verdict=judge_report(runtime, report, tries=tries),
    )


def judge_report(runtime: Runtime, report: EvalReport, *, tries: int = 1) -> MigrationVerdict:
    """Say what a comparison proves, at the part of the level that each of several tries has."""
    settings = runtime.settings.evaluate
    settings = settings.model_copy(update={"alpha": settings.alpha / tries})
    record = evaluate.read_judge_record(runtime.store, report, settings=settings, now=runtime.now())
    return evaluate.judge_migration(report, settings=settings, record=record)


def _needs_approval(runtime: Runtime, case: ComparedModel, draft: Draft) -> bool:
    approved: Sequence[object] = [
        one for one in runtime.store.approvals.of(case.agent.workspace, case.agent.id) if one.decided_by
    ]
    changed = list_changed(draft.version, case.version)
    return must_ask(changed, runtime.settings.levers, approved=len(approved))
