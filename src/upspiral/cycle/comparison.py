"""How do two versions do on the same cases? The comparison of a night, and the same asked by day.

Pairs of copied requests come into a comparison about which the gate has decided nothing yet.
"""

from upspiral import evaluate
from upspiral.curate.recorded.draw import can_compare
from upspiral.curate.select import Case
from upspiral.curate.settled import extend_dataset
from upspiral.domain import AgentVersion, Cycle, EvalReport, ExampleKind, Interaction, Split
from upspiral.domain.dataset import RecordedAnswer
from upspiral.domain.ids import DecisionId, InteractionId, derive
from upspiral.domain.night.budget import Purpose
from upspiral.domain.night.shadow import ShadowAnswer
from upspiral.judges import PairJudge
from upspiral.runtime import Runtime

SHADOW_SOURCE = "shadow"
"""Where a case comes from whose candidate answered a copy of the request."""


def get_side(runtime: Runtime, version: AgentVersion, cycle: Cycle | None = None) -> evaluate.Side:
    """Make a version answerable for a comparison, with its memory; a hosted one is charged to the night."""
    known = runtime.store.model_versions.get(version.workspace, version.model)
    charge = runtime.charge(cycle, Purpose.HELD_OUT) if cycle else None
    return evaluate.Side(version, runtime.meter_version(known, charge), runtime.memories.recall)


async def compare_sides(
    runtime: Runtime,
    cases: evaluate.CaseSet,
    *,
    candidate: evaluate.Side,
    incumbent: evaluate.Side,
    cycle: Cycle | None = None,
) -> EvalReport:
    """Let both answer the cases and compare them, by the scorer or the judge that is set.

    Args:
        runtime: The parts.
        cases: Which are asked.
        candidate: May be better.
        incumbent: What it is compared with.
        cycle: The night that pays the judge; None by day, when nobody is charged.

    Raises:
        InvalidInput: There are no such cases.
        BudgetSpent: The night's budget does not bear all answers and verdicts.
    """
    workspace, charge = cases.dataset.workspace, runtime.charge(cycle, Purpose.JUDGE) if cycle else None
    return await evaluate.compare(
        runtime.store,
        candidate=candidate,
        incumbent=incumbent,
        cases=cases,
        scorer=runtime.scorer(workspace, charge),
        cycle=cycle.id if cycle else None,
        settings=runtime.settings.evaluate,
        now=runtime.now(),
    )


async def compare_versions(
    runtime: Runtime,
    cases: evaluate.CaseSet,
    *,
    candidate: AgentVersion,
    incumbent: AgentVersion,
    cycle: Cycle | None = None,
) -> EvalReport:
    """Make two versions answerable and compare them; see `compare_sides`."""
    return await compare_sides(
        runtime,
        cases,
        candidate=get_side(runtime, candidate, cycle),
        incumbent=get_side(runtime, incumbent, cycle),
        cycle=cycle,
    )


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
