"""What will the proof of the next candidate take? Said before a night, from what is recorded and labeled."""

from datetime import timedelta

from msgspec import Struct

from upspiral.cycle.planning.evidence import bounds
from upspiral.cycle.planning.plan import pace
from upspiral.cycle.planning.power import CallUse, ProofPlan, describe_proof, plan_proof
from upspiral.domain import Agent, Interaction, Usage, Window
from upspiral.errors import ConfigError
from upspiral.runtime import Runtime
from upspiral.stats.judged.corrected import Labeled
from upspiral.store.repositories.judges import read_record

TYPICAL_ANSWERS = 100
"""The newest answers of an agent, by which the cost of the next ones is estimated."""
JUDGE_PROMPT_TOKENS, JUDGE_ANSWER_TOKENS = 350, 100
"""What a judge is told beside the texts, and about what it says."""


class ProofOutlook(Struct, frozen=True, kw_only=True):
    """What the proof of an agent's next candidate will take."""

    plan: ProofPlan
    words: str
    """The same in a few sentences."""


def foresee_proof(runtime: Runtime, agent: Agent) -> ProofOutlook:
    """Say how many pairs and labels an agent's next candidate needs, when they are there, what they cost."""
    given = bounds(runtime, agent.workspace, agent.id)
    window = Window(**given, version=agent.live, limit=runtime.settings.cycle.max_evidence)
    evidence = runtime.store.evidence.count(agent.workspace, agent.id, window)
    seen = pace(
        recorded=evidence.recorded,
        rated=evidence.rated,
        failed=evidence.failed,
        first=evidence.first,
        now=runtime.now(),
    )
    recent = runtime.store.interactions.latest_headers(agent.workspace, agent.id, TYPICAL_ANSWERS)
    answers = [one for one in recent if not one.error]
    plan = plan_proof(
        seen,
        runtime.settings,
        labeled=_read_labeled(runtime, agent),
        answer=_estimate_answer(answers),
        verdict=_estimate_verdict(runtime, answers),
    )
    return ProofOutlook(plan=plan, words=describe_proof(plan))


def _read_labeled(runtime: Runtime, agent: Agent) -> Labeled:
    """Read what is known of the error of the judge that is set; nothing where none is."""
    settings = runtime.settings.evaluate
    if not settings.is_judged:
        return Labeled([], [])
    try:
        judge = runtime.judge(agent.workspace).version.id
    except ConfigError:
        return Labeled([], [])
    since = runtime.now() - timedelta(days=settings.judge_label_days)
    labels = runtime.store.pair_labels.of(agent.workspace, agent.id, since=since)
    found = read_record(
        runtime.store.judge_verdicts, labels, workspace=agent.workspace, judge=judge, tripwires=0
    ).labeled
    return Labeled([one.label for one in found], [one.verdict for one in found])


def _estimate_answer(answers: list[Interaction]) -> CallUse:
    if not answers:
        return CallUse(0.0, None)
    tokens = sum(one.usage.input_tokens + one.usage.output_tokens for one in answers) / len(answers)
    costs = [one.usage.cost for one in answers if one.usage.cost is not None]
    return CallUse(tokens, sum(costs) / len(costs) if costs else None)


def _estimate_verdict(runtime: Runtime, answers: list[Interaction]) -> CallUse:
    """Estimate a verdict: the judge reads the request and both answers."""
    judge, n = runtime.settings.judge, len(answers) or 1
    asked = sum(one.usage.input_tokens for one in answers) / n
    said = sum(one.usage.output_tokens for one in answers) / n
    use = Usage(round(JUDGE_PROMPT_TOKENS + asked + 2 * said), JUDGE_ANSWER_TOKENS)
    usd = runtime.price(use, judge.model, url=judge.url or "")
    return CallUse(use.input_tokens + use.output_tokens, usd)
