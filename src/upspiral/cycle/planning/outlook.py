"""Why does a night rest, and what does its agent need until a better version is out? In words."""

import math
from collections.abc import Sequence

from upspiral.cycle.planning.evidence import window_of
from upspiral.cycle.planning.plan import (
    HELP,
    Pace,
    canary_share,
    count_rated_missing,
    count_rated_needed,
    describe_plan,
    failures_needed,
    make_plan,
    pace,
)
from upspiral.cycle.planning.power import compares_recorded
from upspiral.cycle.planning.proof import foresee_proof
from upspiral.domain import Cycle, CycleKind, Dataset, Pattern
from upspiral.domain.dataset import MIN_HELDOUT_GOOD
from upspiral.domain.ids import AgentId
from upspiral.domain.judgment.random_sample import SAMPLE_SIZE
from upspiral.domain.pattern import EVERYTHING
from upspiral.runtime import Runtime
from upspiral.store.repositories.evidence import EvidenceCount

WORTH_A_TRY = 0.75
"""With this part of the failures that are needed on average, chance may have parted them well enough."""


def say_nothing_rated(evidence: EvidenceCount, cycle: Cycle) -> str:
    """Say why there is nothing to learn from at all; empty where something is rated."""
    if not evidence.recorded:
        return (
            f"Nothing is recorded of {cycle.agent} that no earlier night has used. Point its users at"
            f" Upspiral, or bring past conversations in with `upspiral import`."
        )
    if not evidence.rated:
        return (
            f"{evidence.recorded} conversations are recorded and none is rated: nothing says which went well."
            f" {HELP}."
        )
    return ""


def say_no_weakness(runtime: Runtime, agent: AgentId, evidence: EvidenceCount) -> str:
    """Say why no weakness was found: too little is rated, or nothing fails beyond chance."""
    seen = _pace(runtime, evidence)
    judged = compares_recorded(runtime.settings)
    missing = count_rated_needed(seen, runtime.settings.curate, judged=judged) - evidence.rated
    if missing > 0:
        said = f"{evidence.rated} conversations are rated, {evidence.failed} of them failed."
        return f"{said} {_wait(runtime, seen, missing)}"
    counts = f"{evidence.rated} conversations are rated, {evidence.failed} of them failed"
    if evidence.failed == evidence.rated:
        return (
            f"{counts}: nothing shows where it fails more than elsewhere, nor what a candidate would forget."
            f" {_ask_for_sample(agent)}"
        )
    return f"{counts}, and no weakness stands out from chance yet: more rated ones show smaller weaknesses."


def say_too_few_failures(runtime: Runtime, cycle: Cycle, evidence: EvidenceCount, failures: int) -> str:
    """Say that a whole night would be too early, before a teacher is asked; empty where it is worth a try.

    Args:
        runtime: The parts.
        cycle: The night; a part of one that is run by hand is never too early.
        evidence: What is rated.
        failures: How many failures belong to weaknesses.
    """
    needed = failures_needed(runtime.settings.curate, judged=compares_recorded(runtime.settings))
    if cycle.story is not CycleKind.IMPROVE or failures >= WORTH_A_TRY * needed:
        return ""
    missing = math.ceil(evidence.rated * (needed / max(1, failures) - 1))
    said = (
        f"{failures} failures belong to weaknesses, and about {needed} are needed to learn and to prove it."
    )
    return f"{said} {_wait(runtime, _pace(runtime, evidence), missing)}"


def say_nothing_to_lose(
    runtime: Runtime, cycle: Cycle, evidence: EvidenceCount, patterns: Sequence[Pattern]
) -> str:
    """Say that too few good answers are known to show what a candidate forgets, before a teacher is asked.

    Empty where enough are, where recorded answers are compared, or where a random sample shows that there
    are none.
    """
    never_right = any(one.name == EVERYTHING and one.failure_rate == 1 for one in patterns)
    good = evidence.rated - evidence.failed
    if never_right or good >= MIN_HELDOUT_GOOD or compares_recorded(runtime.settings):
        return ""
    if cycle.story is not CycleKind.IMPROVE:
        return ""
    return (
        f"{evidence.rated} conversations are rated and {good} of them went well: too few to show what a"
        f" candidate forgets. {_ask_for_sample(cycle.agent)}"
    )


def say_how_long(runtime: Runtime, cycle: Cycle, dataset: Dataset) -> str:
    """Say how many more rated conversations a Dataset needs, and how long that takes, if any would help."""
    evidence = runtime.store.evidence.count(cycle.workspace, cycle.agent, window_of(runtime, cycle))
    if compares_recorded(runtime.settings):
        return foresee_proof(runtime, runtime.store.agents.get(cycle.workspace, cycle.agent)).words
    failures = dataset.heldout_failures
    if not failures:  # something else than ratings is missing, and said already
        return ""
    settings = runtime.settings.curate
    missing = count_rated_missing(evidence.rated, heldout_failures=failures, settings=settings)
    return _wait(runtime, _pace(runtime, evidence), missing)


def share_of_canary(runtime: Runtime, cycle: Cycle) -> float:
    """Choose the share at which the canary's verdict comes in time, by what the gate saw."""
    settings = runtime.settings.deploy
    report = runtime.store.eval_reports.find(cycle.workspace, cycle.report) if cycle.report else None
    if report is None:
        return settings.canary_share
    evidence = runtime.store.evidence.count(cycle.workspace, cycle.agent, window_of(runtime, cycle))
    # A judge says which answer is better, not how often one is right; that is what users say of it.
    right = 1 - evidence.failed / evidence.rated if evidence.rated else 0.0
    return canary_share(
        report.gain,
        right if report.judge else report.overall.incumbent_rate,
        per_day=_pace(runtime, evidence).per_day,
        settings=settings,
    )


def _ask_for_sample(agent: AgentId) -> str:
    return (
        f"Let users praise too, or judge {SAMPLE_SIZE} answers drawn at random:"
        f" `upspiral label {agent} --answers`."
    )


def _pace(runtime: Runtime, evidence: EvidenceCount) -> Pace:
    return pace(
        recorded=evidence.recorded,
        rated=evidence.rated,
        failed=evidence.failed,
        first=evidence.first,
        now=runtime.now(),
    )


def _wait(runtime: Runtime, seen: Pace, missing: int) -> str:
    settings = runtime.settings
    plan = make_plan(seen, more=missing, curate=settings.curate, deploy=settings.deploy)
    return describe_plan(
        seen,
        plan,
        evidence_days=settings.cycle.evidence_days,
        canary_max_days=settings.deploy.canary_max_days,
    )
