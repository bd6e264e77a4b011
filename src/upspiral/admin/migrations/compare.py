"""May another model take an agent over? Both answer what went well before, and the verdict says so."""

from collections.abc import Callable, Sequence
from datetime import date

import msgspec
import numpy as np
from msgspec import Struct

from upspiral import curate, evaluate
from upspiral.admin.agent_changes import describe_model
from upspiral.admin.agents import ModelSpec, define_model
from upspiral.admin.migrations.levers import ComparedModel, MigrationLever, judge_report, try_levers
from upspiral.cycle.candidate import candidate_version
from upspiral.cycle.comparison import compare_sides, get_side, open_day_budget, price_answers
from upspiral.cycle.planning.shutdown import find_shutdown
from upspiral.deploy.advance import add_version
from upspiral.domain import (
    LOCAL_HOST,
    Agent,
    AgentVersion,
    Cycle,
    CycleKind,
    Dataset,
    EvalReport,
    Interaction,
    Message,
    ModelVersion,
    Split,
)
from upspiral.domain.evaluation import AnswerUse
from upspiral.domain.ids import AgentVersionId, CycleId, ReportId
from upspiral.errors import Conflict, InvalidInput, Rejected
from upspiral.evaluate import MigrationVerdict
from upspiral.logs import get_logger
from upspiral.providers.base import ChatRequest
from upspiral.runtime import Runtime
from upspiral.stats.paired import Noninferiority

GONE = frozenset({404, 410})
"""Statuses by which a provider says that it no longer has a model."""

log = get_logger(__name__)


class AnswerPrice(Struct, frozen=True, kw_only=True):
    """What answers of a model cost, and how long they take."""

    answers: int
    usd_per_1000: float | None
    """US dollars for 1,000 answers; null where no price is known."""
    median_ms: float
    p95_ms: float


class Migration(Struct, frozen=True, kw_only=True):
    """A comparison of the model of an agent with another, and what it proves."""

    agent: str
    from_model: str
    to_model: str
    version: str
    """The version with the new model, such as `support@3`; it answers nobody until it is rolled out."""
    candidate: AgentVersionId
    evaluation: ReportId
    """The comparison, with every pair of answers."""
    verdict: MigrationVerdict
    pairs: int
    recorded: bool
    """Do recorded answers stand for the model that is there now, which can no longer be asked?"""
    ends: date | None
    """When the provider switches the model off that is there now, where that is known."""
    before: AnswerPrice | None
    """Of the model that is there now; null where nothing is known of it."""
    after: AnswerPrice | None
    night: CycleId | None = None
    """The canary, where the new model was rolled out."""
    forced: bool = False
    """Was it rolled out although the verdict does not allow it, because a person said so?"""
    levers: tuple[MigrationLever, ...] = ()
    """What was tried to make up for what the other model does worse; none where it is not."""
    without_levers: MigrationVerdict | None = None
    """The verdict of the model alone, where a lever made up for it; all else is of the lever's version."""


class MigrationOrder(Struct, frozen=True, kw_only=True):
    """How another model is tried, and what is done with it then."""

    cases: int
    """At most so many conversations."""
    recorded: bool = False
    """Do recorded answers stand for the model that is there now? They do in any case where it is gone."""
    levers: bool = True
    """Where the other model is worse, are levers tried that may make up for it?"""
    deploy: bool = False
    """Is it rolled out as a canary where the verdict allows?"""
    force: bool = False
    """Is it rolled out whatever the verdict is?"""
    share: float | None = None
    """Part of the conversations for the canary; None for the setting."""


async def migrate_agent(
    runtime: Runtime,
    agent: Agent,
    spec: ModelSpec,
    *,
    order: MigrationOrder,
    begin: Callable[..., Cycle],
) -> Migration:
    """Compare an agent's model with another, and roll the other one out where that is asked for.

    Args:
        runtime: The parts.
        agent: Whose model may be replaced.
        spec: The other model.
        order: How it is tried, and what is done with it then.
        begin: Begins the rollout in the background.

    Raises:
        UpspiralError: See `compare_models`.
    """
    made = await compare_models(runtime, agent, spec, order=order)
    if not (order.force or (order.deploy and may_roll_out(made))):
        return made
    made = msgspec.structs.replace(made, forced=not may_roll_out(made))
    night = begin(
        CycleKind.DEPLOY,
        agent.id,
        candidate=made.candidate,
        report=made.evaluation,
        forced=made.forced,
        share=order.share,
        reason=describe_decision(made),
    )
    return msgspec.structs.replace(made, night=night.id)


async def compare_models(
    runtime: Runtime, agent: Agent, spec: ModelSpec, *, order: MigrationOrder
) -> Migration:
    """Let an agent's model and another answer the newest conversations that went well.

    Args:
        runtime: The parts.
        agent: Whose model may be replaced.
        spec: The other model.
        order: How it is tried.

    Raises:
        InvalidInput: The model cannot be understood, or no conversation went well yet.
        Conflict: It is the model that is there already.
        BudgetSpent: The budget, which has the limits of a night, does not bear all answers.
        ProviderError: One of the models cannot be asked.
    """
    store, now = runtime.store, runtime.now()
    live = store.agent_versions.get(agent.workspace, agent.live)
    old, new = _resolve_models(runtime, live, spec)
    dataset = _collect_cases(runtime, agent, limit=order.cases)
    candidate = add_version(store, candidate_version(live, new, now=now))
    ends = _find_end(runtime, old)
    with open_day_budget(runtime, agent.workspace, agent.id, candidate.id, live.id, dataset.id) as payer:
        incumbent = get_side(runtime, live, payer)
        incumbent = await _leave_out_gone(
            incumbent, is_gone=order.recorded or bool(ends and ends <= now.date())
        )
        report = await compare_sides(
            runtime,
            evaluate.CaseSet(dataset),
            candidate=get_side(runtime, candidate, payer),
            incumbent=incumbent,
            payer=payer,
        )
        case = ComparedModel(agent, candidate, incumbent, report, dataset)
        tried = await try_levers(runtime, case, payer=payer) if order.levers else []
    compared = Migration(
        agent=agent.id,
        from_model=describe_model(old),
        to_model=describe_model(new),
        version=candidate.name,
        candidate=candidate.id,
        evaluation=report.id,
        verdict=judge_report(runtime, report),
        pairs=report.overall.n,
        recorded=incumbent.model is None,
        ends=ends,
        before=_price_before(runtime, old, dataset, report if incumbent.model else None),
        after=_price(runtime, new, report.candidate_use),
        levers=tuple(tried),
    )
    return _take_lever(runtime, compared, agent, new)


def _take_lever(runtime: Runtime, compared: Migration, agent: Agent, model: ModelVersion) -> Migration:
    """Put the version of the lever that makes up for the model in its place, where there is one."""
    for one in compared.levers:
        if one.has_made_up and one.verdict and one.version and one.candidate:
            report = runtime.store.eval_reports.get(agent.workspace, one.evaluation or "")
            return msgspec.structs.replace(
                compared,
                version=one.version,
                candidate=one.candidate,
                evaluation=report.id,
                verdict=one.verdict,
                pairs=report.overall.n,
                after=_price(runtime, model, report.candidate_use),
                without_levers=compared.verdict,
            )
    return compared


def _resolve_models(
    runtime: Runtime, live: AgentVersion, spec: ModelSpec
) -> tuple[ModelVersion, ModelVersion]:
    """Give the model that is there now and the other one."""
    old = runtime.store.model_versions.get(live.workspace, live.model)
    new = define_model(runtime, live.workspace, spec)
    if new.id == old.id:
        raise Conflict(
            f"{live.agent!r} answers with {describe_model(old)} already.", hint="Name another model."
        )
    return old, new


def may_roll_out(migration: Migration) -> bool:
    """Say whether the verdict allows the new model to answer users."""
    return migration.verdict.outcome is Noninferiority.NOT_WORSE


def describe_decision(migration: Migration) -> str:
    """Say why a model is rolled out, for its record; where a person forced it, the log says so too."""
    reason = f"Migration to {migration.to_model}: {migration.verdict.reason}"
    if not migration.forced:
        return reason
    log.warning(
        "a migration was forced by hand",
        agent=migration.agent,
        model=migration.to_model,
        verdict=migration.verdict.reason,
    )
    return f"Forced by hand. {reason}"


def complete_spec(runtime: Runtime, agent: Agent, spec: ModelSpec) -> ModelSpec:
    """Add to a model what is left out: provider, URL and key of the model that answers now."""
    live = runtime.store.agent_versions.get(agent.workspace, agent.live)
    now = runtime.store.model_versions.get(agent.workspace, live.model)
    if now.host == LOCAL_HOST:
        return spec
    name = spec.model if ":" in spec.model else f"{now.host}:{spec.model}"
    if spec.url or spec.key_env or not name.startswith(f"{now.host}:"):
        return ModelSpec(name, spec.url, spec.key_env)
    return ModelSpec(name, now.url, now.key_env)


def _collect_cases(runtime: Runtime, agent: Agent, *, limit: int) -> Dataset:
    found = curate.collect_settled(runtime.store, agent.workspace, agent.id, limit=limit, now=runtime.now())
    if found is None:
        raise InvalidInput(
            f"No conversation of {agent.id!r} is known to have gone well, so nothing can be compared.",
            hint="Give feedback, or import conversations with it.",
        )
    return found


def _find_end(runtime: Runtime, model: ModelVersion) -> date | None:
    if model.host == LOCAL_HOST:
        return None
    return find_shutdown(model.name, runtime.settings.providers.shutdown_dates)


async def _leave_out_gone(incumbent: evaluate.Side, *, is_gone: bool) -> evaluate.Side:
    """Leave a model out that is gone, so that recorded answers stand for it."""
    return incumbent._replace(model=None) if is_gone or await _is_gone(incumbent) else incumbent


async def _is_gone(side: evaluate.Side) -> bool:
    """Ask a model for a word, and say whether its provider no longer has it."""
    if side.model is None:
        return True
    try:
        await side.model.complete(ChatRequest((Message("user", "Hello"),), options={"max_tokens": 16}))
    except Rejected as error:
        if error.status in GONE:
            return True
        raise
    return False


def _price(runtime: Runtime, model: ModelVersion, use: AnswerUse | None) -> AnswerPrice | None:
    """Price what answers consumed; those of a local model cost nothing."""
    if use is None:
        return None
    return AnswerPrice(
        answers=use.answers,
        usd_per_1000=price_answers(runtime, model, use),
        median_ms=use.median_ms,
        p95_ms=use.p95_ms,
    )


def _price_before(
    runtime: Runtime, model: ModelVersion, dataset: Dataset, report: EvalReport | None
) -> AnswerPrice | None:
    """Price the answers of the model that is there now: of the comparison, or else as they were recorded."""
    return _price(runtime, model, report.incumbent_use) if report else _price_recorded(runtime, dataset)


def _price_recorded(runtime: Runtime, dataset: Dataset) -> AnswerPrice | None:
    """Say what the recorded answers had cost."""
    store = runtime.store
    examples = store.examples.of(dataset.workspace, dataset.id, Split.HELDOUT)
    found: Sequence[Interaction] = store.interactions.headers(
        dataset.workspace, [one.interaction for one in examples]
    )
    if not found:
        return None
    costs = [one.usage.cost for one in found if one.usage.cost is not None]
    times = [one.latency_ms for one in found]
    return AnswerPrice(
        answers=len(found),
        usd_per_1000=1_000 * sum(costs) / len(costs) if costs else None,
        median_ms=float(np.percentile(times, 50)),
        p95_ms=float(np.percentile(times, 95)),
    )
