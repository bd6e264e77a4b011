"""A learned text waits for a person, blocks no night, and competes once somebody has approved it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.stories.test_a_hosted_agent import RULE, SHOP, HostedModel, Proposer, Site, _create

from upspiral.admin.approvals import ApprovalDecision, check_approved, decide
from upspiral.app import App
from upspiral.config import load
from upspiral.domain import Ending, Principal, Scope
from upspiral.domain.ids import DEFAULT_WORKSPACE, KeyId
from upspiral.domain.learning.approval import ApprovalState
from upspiral.domain.learning.lever import TrialState
from upspiral.errors import Conflict
from upspiral.queries.approvals import list_approvals

ME = Principal(KeyId("key_1"), DEFAULT_WORKSPACE, frozenset({Scope.OPERATE}))


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    quick = {"training_every_s": 0.1, "canary_every_s": 0.1}
    asked = {"approval": "always"}
    with App(load(data=data, cycle=quick, evaluate={"scorer": "agreement"}, levers=asked)) as opened:
        yield opened


def test_a_rule_waits_for_a_person_and_competes_in_the_next_night(app: App) -> None:
    store = app.runtime.store
    with HostedModel() as model, Proposer(f"- {RULE}") as teacher:
        _create(app, model, teacher)
        site = Site(app)
        site.live(400)
        first = site.improve(levers=("rules",))
        assert (first.ending, site.trials(first)["rules"].state) == (Ending.RESTED, TrialState.WAITING)
        [card] = list_approvals(app.runtime, DEFAULT_WORKSPACE, agent=SHOP, is_open=True)
        assert (card.diff[-1], card.teacher, card.changes) == (f"+Rule: {RULE}", "teacher", "shop@1")
        assert card.approval.weaknesses
        candidate = store.agent_versions.get(DEFAULT_WORKSPACE, card.approval.candidate)
        with pytest.raises(Conflict, match="nobody has approved"):
            check_approved(app.runtime, candidate)

        second = site.improve(levers=("rules",))  # the teacher is not asked while its text waits
        assert second.ending == Ending.RESTED
        assert teacher.proposals == 1

        yes = ApprovalDecision(approved=True, by="anna")
        decide(app.runtime, DEFAULT_WORKSPACE, card.approval.id, answer=yes, asking=ME)
        with pytest.raises(Conflict, match="approved"):
            decide(app.runtime, DEFAULT_WORKSPACE, card.approval.id, answer=yes, asking=ME)
        check_approved(app.runtime, candidate)
        third = site.improve(levers=("rules",))
    assert third.ending == Ending.PROMOTED, third.reason
    told = [one.type for one in store.notifications.list_rows(DEFAULT_WORKSPACE)]
    assert sorted(told) == [
        *("approval.waiting", "canary.started"),
        *("night.ended", "night.ended", "night.ended", "version.promoted"),
    ]
    live = store.agent_versions.get(DEFAULT_WORKSPACE, app.agent(SHOP).live)
    assert live.rules == (RULE,)
    assert teacher.proposals == 1
    [used] = store.approvals.of(DEFAULT_WORKSPACE, SHOP)
    assert (used.state, used.decided_by, used.decided_key, used.used_in) == (
        ApprovalState.USED,
        "anna",
        ME.key,
        third.id,
    )


def test_a_text_that_was_refused_is_not_drafted_again_and_another_may_be(app: App) -> None:
    with HostedModel() as model, Proposer(f"- {RULE}") as teacher:
        _create(app, model, teacher)
        site = Site(app)
        site.live(400)
        site.improve(levers=("rules",))
        [card] = list_approvals(app.runtime, DEFAULT_WORKSPACE, agent=None, is_open=True)
        no = ApprovalDecision(approved=False, by="anna")
        decide(app.runtime, DEFAULT_WORKSPACE, card.approval.id, answer=no, asking=ME)
        again = site.improve(levers=("rules",))
        assert "anna refused the same text" in site.trials(again)["rules"].reason
        teacher.proposal = "- Open the handbook first."
        other = site.improve(levers=("rules",))
    assert site.trials(other)["rules"].state is TrialState.WAITING


def test_what_nobody_answers_expires_and_is_drafted_again(app: App) -> None:
    with HostedModel() as model, Proposer(f"- {RULE}") as teacher:
        _create(app, model, teacher)
        site = Site(app)
        site.live(400)
        site.improve(levers=("rules",))
        [old] = app.runtime.store.approvals.of(DEFAULT_WORKSPACE, SHOP)
        past = app.runtime.now() - timedelta(seconds=1)
        c = app.runtime.store.approvals.table.c
        app.runtime.store.approvals.update_where(c.id == old.id, expires=past)
        with pytest.raises(Conflict, match="expired"):
            decide(app.runtime, DEFAULT_WORKSPACE, old.id, answer=ApprovalDecision(True, "anna"), asking=ME)
        night = site.improve(levers=("rules",))
    assert site.trials(night)["rules"].state is TrialState.WAITING
    assert teacher.proposals == 2
    [card] = list_approvals(app.runtime, DEFAULT_WORKSPACE, agent=SHOP, is_open=True)
    assert card.approval.id != old.id
