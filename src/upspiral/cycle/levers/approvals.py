"""Must a person approve what a lever has learned, and what became of the texts that waited?"""

from datetime import timedelta

import msgspec

from upspiral.cycle.levers.base import Declined, Draft, DraftTask
from upspiral.domain import AgentVersion
from upspiral.domain.ids import derive
from upspiral.domain.learning.approval import GRANTED, Approval, ApprovalState
from upspiral.domain.learning.lever import LeverTrial
from upspiral.night_config import LeverSettings
from upspiral.runtime import Runtime

INSTRUCTION_FIELDS = ("instructions", "rules")
"""Parts of a version that a model reads as orders."""
LEARNED_FIELDS = (*INSTRUCTION_FIELDS, "examples", "memory")
"""Parts of a version whose text a night may learn."""


def find_standing(runtime: Runtime, task: DraftTask, lever: str) -> Approval | None:
    """Find an approved text of a lever that no night has used yet, or else one that still waits."""
    known = runtime.store.approvals.of(task.cycle.workspace, task.agent.id, lever)
    approved = [one for one in known if one.state is ApprovalState.APPROVED]
    waiting = [one for one in known if one.is_open(task.now)]
    asked = runtime.settings.levers.approval != "never"
    return next(iter((*approved, *(waiting if asked else ()))), None)


def read_approved(runtime: Runtime, task: DraftTask, approval: Approval) -> Draft | Declined:
    """Draft an approved text again, on top of what is live now."""
    versions = runtime.store.agent_versions
    candidate, before = (
        versions.get(approval.workspace, name) for name in (approval.candidate, approval.live)
    )
    version = rebase_text(candidate, before, task.live)
    if version is None:
        return Declined(f"What approval {approval.id} changes has been changed meanwhile.")
    return Draft(version=version, summary=f"approved by {approval.decided_by}: {approval.summary}"[:500])


def rebase_text(candidate: AgentVersion, before: AgentVersion, live: AgentVersion) -> AgentVersion | None:
    """Make the change between two versions to a third; None where that one differs in what was changed.

    Args:
        candidate: Holds the change.
        before: What it was drafted from.
        live: What is changed; rules are added to those that it has.
    """
    changed = list_changed(candidate, before)
    kept = [name for name in changed if name != "rules"]
    if any(getattr(live, name) != getattr(before, name) for name in kept):
        return None
    facts = {name: getattr(candidate, name) for name in kept}
    if "rules" in changed:
        if not set(before.rules) - set(candidate.rules) <= set(before.rules) - set(live.rules):
            return None  # it takes rules away that are still there
        new = [rule for rule in candidate.rules if rule not in before.rules and rule not in live.rules]
        facts["rules"] = (*live.rules, *new)
    return msgspec.structs.replace(live, **facts)


def list_changed(version: AgentVersion, before: AgentVersion) -> list[str]:
    """Name the parts of a version whose text is another than before."""
    return [name for name in LEARNED_FIELDS if getattr(version, name) != getattr(before, name)]


def must_ask(changed: list[str], settings: LeverSettings, *, approved: int) -> bool:
    """Say whether a person is asked before a text may be used.

    Args:
        changed: The parts of the version that were learned.
        settings: What is to be approved.
        approved: How many texts of the agent people have approved so far.

    >>> must_ask(["rules"], LeverSettings(approval="first:2"), approved=1)
    True
    >>> must_ask(["memory"], LeverSettings(approval="first:2"), approved=1)
    False
    """
    kind, _, first = settings.approval.partition(":")
    if kind == "always":
        return bool(changed)
    return kind == "first" and approved < int(first) and not set(changed).isdisjoint(INSTRUCTION_FIELDS)


def ask_approval(runtime: Runtime, task: DraftTask, trial: LeverTrial, draft: Draft) -> Approval | None:
    """Say what a person said of a drafted text, or ask; None where nobody has to be asked.

    Args:
        runtime: The parts.
        task: What the lever was asked.
        trial: The lever's place in the night.
        draft: Its version has its id.

    Returns:
        The answer to the same text where there is one; else a new Approval that waits, not yet written.
    """
    store, version = runtime.store, draft.version
    known = store.approvals.of(version.workspace, version.agent)
    text = hash_text(version, task.live)
    same = [one for one in known if one.text_sha256 == text]
    for one in reversed(same):
        if one.state is ApprovalState.REFUSED or one.state in GRANTED:
            return one if one.state is ApprovalState.REFUSED else None
    settings = runtime.settings.levers
    approved = sum(one.state in GRANTED for one in known)
    if not must_ask(list_changed(version, task.live), settings, approved=approved):
        return None
    patterns = store.patterns.many(version.workspace, task.cycle.patterns)
    return Approval(
        id=derive("apr", trial.id),
        workspace=version.workspace,
        agent=version.agent,
        cycle=trial.cycle,
        lever=trial.lever,
        candidate=version.id,
        live=task.live.id,
        text_sha256=text,
        teacher=task.agent.teacher if set(list_changed(version, task.live)) - {"memory"} else None,
        weaknesses=tuple(one.name for one in patterns),
        summary=draft.summary,
        at=task.now,
        expires=task.now + timedelta(days=settings.approval_days),
    )


def hash_text(version: AgentVersion, before: AgentVersion) -> str:
    """Hash what was learned: of rules those that were added, of anything else all of it."""
    learned = {name: getattr(version, name) for name in list_changed(version, before)}
    if "rules" in learned:
        learned["rules"] = sorted(set(version.rules) ^ set(before.rules))
    return derive("sha", msgspec.json.encode(learned, order="sorted").decode())
