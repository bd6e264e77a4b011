"""Which learned texts wait for a person, where do they come from, and what would they change?"""

from collections.abc import Iterable
from difflib import unified_diff

from msgspec import Struct

from upspiral.domain import AgentVersion
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.learning.approval import Approval
from upspiral.runtime import Runtime

MAX_SHOWN_ANSWERS = 20
"""Of a memory, the newest answers are shown."""


class ApprovalCard(Struct, frozen=True, kw_only=True):
    """What a person is asked, as it is shown."""

    approval: Approval
    is_open: bool
    """May somebody still answer?"""
    version: str
    """The name of the version that holds the text."""
    changes: str
    """The version that it was drafted from, such as ``support@1``."""
    teacher: str | None
    """The model that wrote the text; null where it was made of recorded answers."""
    diff: list[str]
    """Lines of a unified diff of instructions and rules, then the answers that a memory gains."""


def list_approvals(
    runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None, is_open: bool
) -> list[ApprovalCard]:
    """Give what people are asked, newest first; of one agent, or of all.

    Args:
        runtime: The parts.
        workspace: Whose.
        agent: None for all agents.
        is_open: Only what still waits for an answer.
    """
    store, now = runtime.store, runtime.now()
    agents = [agent] if agent else [one.id for one in store.agents.all(workspace)]
    found = [one for name in agents for one in store.approvals.of(workspace, name)]
    wanted = [one for one in found if one.is_open(now) or not is_open]
    return [_describe(runtime, one) for one in sorted(wanted, key=lambda one: one.at, reverse=True)]


def show_approval(runtime: Runtime, workspace: WorkspaceId, approval: str) -> ApprovalCard:
    """Give one.

    Raises:
        NotFound: The workspace has none of that id.
    """
    return _describe(runtime, runtime.store.approvals.get(workspace, approval))


def _describe(runtime: Runtime, approval: Approval) -> ApprovalCard:
    store, workspace = runtime.store, approval.workspace
    candidate, before = (
        store.agent_versions.get(workspace, name) for name in (approval.candidate, approval.live)
    )
    teacher = store.model_versions.find(workspace, approval.teacher) if approval.teacher else None
    return ApprovalCard(
        approval=approval,
        is_open=approval.is_open(runtime.now()),
        version=candidate.name,
        changes=before.name,
        teacher=teacher.name if teacher else None,
        diff=[*diff_words(before, candidate), *_list_new_answers(runtime, before, candidate)],
    )


def diff_words(before: AgentVersion, after: AgentVersion) -> list[str]:
    """Show what a model reads otherwise, as a unified diff without its heading."""
    lines = unified_diff(_write_words(before), _write_words(after), lineterm="", n=2)
    return list(lines)[2:]


def _write_words(version: AgentVersion) -> list[str]:
    fixed = (f"{question} → {answer}" for question, answer in version.examples)
    return [*version.instructions.splitlines(), *(f"Rule: {rule}" for rule in version.rules), *fixed]


def _list_new_answers(runtime: Runtime, before: AgentVersion, after: AgentVersion) -> Iterable[str]:
    if after.memory is None or after.memory == before.memory:
        return
    items = runtime.store.memory_items
    known = {one.id for one in items.of(before.workspace, before.memory)} if before.memory else set()
    new = [one for one in items.of(after.workspace, after.memory) if one.id not in known]
    for one in sorted(new, key=lambda item: item.interaction)[-MAX_SHOWN_ANSWERS:]:
        yield f"+{one.question} → {one.answer}"
    if len(new) > MAX_SHOWN_ANSWERS:
        yield f"@@ and {len(new) - MAX_SHOWN_ANSWERS} older answers @@"
