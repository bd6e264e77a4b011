"""How do two versions do on the same cases, and who pays? The comparison of a night, and the same by day.

Pairs of copied requests come into a comparison about which the gate has decided nothing yet.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from itertools import count

from upspiral import budget, evaluate
from upspiral.curate.recorded.draw import can_compare
from upspiral.curate.select import Case
from upspiral.curate.settled import extend_dataset
from upspiral.domain import (
    LOCAL_HOST,
    AgentVersion,
    Cycle,
    EvalReport,
    ExampleKind,
    Interaction,
    ModelVersion,
    Split,
    Usage,
)
from upspiral.domain.dataset import RecordedAnswer
from upspiral.domain.evaluation import AnswerUse
from upspiral.domain.ids import AgentId, BudgetId, CycleId, DecisionId, InteractionId, WorkspaceId, derive
from upspiral.domain.night.budget import BY_DAY, Purpose
from upspiral.domain.night.shadow import ShadowAnswer
from upspiral.judges import PairJudge
from upspiral.places import hold_lock, read_folder_name
from upspiral.runtime import Runtime

LOCKS = "locks"
"""The folder of the locks of comparisons by day that are under way."""
SHADOW_SOURCE = "shadow"
"""Where a case comes from whose candidate answered a copy of the request."""


@contextmanager
def open_day_budget(runtime: Runtime, workspace: WorkspaceId, agent: AgentId, *about: str) -> Iterator[Cycle]:
    """Give what calls by day are charged to, as those of a night are to theirs; it is no night, and not kept.

    Work that was cut off by a kill goes on with the same budget, so that no answer is paid for twice; where
    the same work is under way at this moment, this one has a budget of its own.

    Args:
        runtime: The parts.
        workspace: Whose money it is.
        agent: Whose limits hold, beside those of the settings.
        about: What is done, such as the ids of the two versions that are compared.
    """
    store, now = runtime.store, runtime.now()
    with ExitStack() as held:
        name = _hold_budget(runtime, workspace, (workspace, agent, *about), held)
        try:
            yield Cycle(id=CycleId(name), workspace=workspace, agent=agent, started=now, since=now, until=now)
        finally:
            budget.close(store, workspace, name, now=runtime.now())
            store.budgets.drop_unused(workspace, name)  # what was compared before is not asked again


def _hold_budget(
    runtime: Runtime, workspace: WorkspaceId, about: tuple[str, ...], held: ExitStack
) -> BudgetId:
    """Hold the lock of the first budget that is not closed, and that nobody else is charging calls to."""
    folder = read_folder_name(runtime.data)  # a server with another folder sees no lock of this one
    attempts = count()
    while True:
        name = BudgetId(derive(BY_DAY, folder, *about, str(next(attempts))))
        with ExitStack() as trying:
            if not trying.enter_context(hold_lock(runtime.data / LOCKS / name)):
                continue
            found = runtime.store.budgets.find(workspace, name)
            if found is None or not found.closed:
                held.push(trying.pop_all())
                return name


def get_side(
    runtime: Runtime, version: AgentVersion, payer: Cycle, *, purpose: Purpose = Purpose.HELD_OUT
) -> evaluate.Side:
    """Make a version answerable for a comparison, with its memory; a hosted one is charged to the payer."""
    known = runtime.store.model_versions.get(version.workspace, version.model)
    model = runtime.meter_version(known, runtime.charge(payer, purpose))
    return evaluate.Side(version, model, runtime.memories.recall)


async def compare_sides(
    runtime: Runtime,
    cases: evaluate.CaseSet,
    *,
    candidate: evaluate.Side,
    incumbent: evaluate.Side,
    payer: Cycle,
    night: Cycle | None = None,
) -> EvalReport:
    """Let both answer the cases and compare them, by the scorer or the judge that is set.

    Args:
        runtime: The parts.
        cases: Which are asked.
        candidate: May be better.
        incumbent: What it is compared with.
        payer: The night that pays the judge, or what pays by day; see `open_day_budget`.
        night: The night whose comparison it is; None by day.

    Raises:
        InvalidInput: There are no such cases.
        BudgetSpent: The budget does not bear all answers and verdicts.
    """
    return await evaluate.compare(
        runtime.store,
        candidate=candidate,
        incumbent=incumbent,
        cases=cases,
        scorer=runtime.scorer(cases.dataset.workspace, runtime.charge(payer, Purpose.JUDGE)),
        cycle=night.id if night else None,
        settings=runtime.settings.evaluate,
        now=runtime.now(),
    )


async def compare_versions(
    runtime: Runtime,
    cases: evaluate.CaseSet,
    *,
    candidate: AgentVersion,
    incumbent: AgentVersion,
    night: Cycle | None = None,
) -> EvalReport:
    """Make two versions answerable and compare them, paid by a night or else by day; see `compare_sides`."""
    about = cases.dataset
    with (
        nullcontext(night)
        if night
        else open_day_budget(runtime, about.workspace, about.agent, candidate.id, incumbent.id, about.id)
    ) as payer:
        return await compare_sides(
            runtime,
            cases,
            candidate=get_side(runtime, candidate, payer),
            incumbent=get_side(runtime, incumbent, payer),
            payer=payer,
            night=night,
        )


def price_answers(runtime: Runtime, model: ModelVersion, use: AnswerUse | None) -> float | None:
    """Say what 1,000 answers of a model cost in US dollars, by some that it gave; those of a local model 0.

    None where no price is known, or nothing of the answers.
    """
    if use is None or not use.answers:
        return None
    spent = Usage(use.input_tokens, use.output_tokens)
    usd = 0.0 if model.host == LOCAL_HOST else runtime.price(spent, model.name, url=model.url or "")
    return None if usd is None else 1_000 * usd / use.answers


async def add_shadow_pairs(runtime: Runtime, report: EvalReport) -> EvalReport:
    """Add the pairs of copied requests to a comparison by a judge; as it is where the gate tested it already.

    Of each conversation that the comparison does not hold yet one request counts, the first that was copied.

    Raises:
        BudgetSpent: What copies may take today is used up before the judge has said of every pair.
        ProviderError: The judge answers nothing at all.
    """
    if report.judge is None or _is_tested(runtime, report):
        return report
    found = _find_new(runtime, report)
    charge = runtime.charge_shadow(report.workspace, report.agent, Purpose.JUDGE)
    by = runtime.scorer(report.workspace, charge) if found else None
    if not isinstance(by, PairJudge) or by.judge.version.id != report.judge:
        return report  # verdicts of two judges are never compared
    old = runtime.store.datasets.get(report.workspace, report.dataset)
    cases = [_to_case(one) for one, _ in found.values()]
    return await evaluate.extend(
        runtime.store,
        report,
        {one.id: shadow.answer for one, shadow in found.values()},
        dataset=extend_dataset(runtime.store, old, cases, now=runtime.now()),
        by=by,
        settings=runtime.settings.evaluate,
        now=runtime.now(),
    )


def _is_tested(runtime: Runtime, report: EvalReport) -> bool:
    decision = runtime.store.gate_decisions.find(report.workspace, DecisionId(derive("dec", report.id)))
    return decision is not None and decision.alpha > 0


def _find_new(runtime: Runtime, report: EvalReport) -> dict[str, tuple[Interaction, ShadowAnswer]]:
    """Find one copied request of each conversation that is no case yet."""
    store, workspace = runtime.store, report.workspace
    every = [one for side in Split for one in store.examples.of(workspace, report.dataset, side)]
    known = {one.conversation for one in every}
    shadows = store.shadow_answers.of_pair(workspace, report.candidate, report.incumbent)
    turns: dict[InteractionId, Interaction] = {
        one.id: one for one in store.interactions.many(workspace, [one.interaction for one in shadows])
    }
    found: dict[str, tuple[Interaction, ShadowAnswer]] = {}
    for shadow in shadows:
        turn = turns.get(shadow.interaction)
        if turn and turn.conversation not in known and can_compare(turn, with_tools=True):
            found.setdefault(turn.conversation, (turn, shadow))
    return found


def _to_case(turn: Interaction) -> Case:
    return Case(
        interaction=turn,
        slice="rest",
        kind=ExampleKind.RECORDED,
        source=SHADOW_SOURCE,
        recorded=RecordedAnswer(turn.version, turn.answer) if turn.version else None,
    )
