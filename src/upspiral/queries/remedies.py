"""What is read of the store to judge remedies by?"""

from collections.abc import Sequence

from upspiral.analyze.remedies import (
    ComparedCase,
    RemedyEvidence,
    count_good_answers,
    gather_pairs,
    make_cases,
)
from upspiral.domain import Pair, Pattern
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.learning import Remedy
from upspiral.store import Store
from upspiral.store.repositories.interactions import InteractionFilter

MAX_INTERACTIONS_READ = 2000
"""Interactions of each agent that are looked at, the newest."""


def read_evidence(store: Store, workspace: WorkspaceId, weaknesses: Sequence[Pattern]) -> RemedyEvidence:
    """Read by what remedies for weaknesses are judged: of all agents, since another may do better."""
    if not weaknesses:
        return RemedyEvidence({}, {}, {})
    agents = store.interactions.agents(workspace)
    return RemedyEvidence(
        cases={name: _read_cases(store, workspace, name) for name in agents},
        tried={name: _read_pairs(store, workspace, name) for name in {one.agent for one in weaknesses}},
        good_answers={one.id: _count_good_answers(store, one) for one in weaknesses},
    )


def _read_cases(store: Store, workspace: WorkspaceId, agent: AgentId) -> list[ComparedCase]:
    wanted = InteractionFilter(named={"agent": agent})
    turns = store.interactions.page(workspace, wanted, None, MAX_INTERACTIONS_READ)[::-1]
    return make_cases(turns, store.outcomes.of(workspace, [turn.id for turn in turns]))


def _read_pairs(store: Store, workspace: WorkspaceId, agent: AgentId) -> dict[Remedy, list[Pair]]:
    return gather_pairs(
        (report, store.agent_versions.many(workspace, [report.candidate, report.incumbent]))
        for report in store.eval_reports.of(workspace, agent)
    )


def _count_good_answers(store: Store, weakness: Pattern) -> int:
    workspace, members = weakness.workspace, weakness.members
    return count_good_answers(
        store.feedback.about(workspace, members), store.examples.about(workspace, members)
    )
