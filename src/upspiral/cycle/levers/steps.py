"""Which change goes to the gate? The steps of a night in which its levers draft and their drafts compete."""

from datetime import timedelta

import msgspec

from upspiral import evaluate
from upspiral.cycle.candidate import identify
from upspiral.cycle.comparison import compare_versions, price_answers
from upspiral.cycle.durable.engine import Night, NightOver, Pending, current, step
from upspiral.cycle.levers.approvals import ask_approval, find_standing, read_approved
from upspiral.cycle.levers.available import find_obstacles, make_lever
from upspiral.cycle.levers.base import Declined, Draft, DraftCost, DraftTask, Waiting
from upspiral.cycle.levers.plan import (
    LeverOption,
    choose_trial,
    describe_trials,
    explain_choice,
    rank_levers,
    say_enough,
)
from upspiral.cycle.progress import get_candidate, get_live, note, read_cycle
from upspiral.deploy.advance import add_version
from upspiral.domain import Cycle, EvalReport, Split
from upspiral.domain.ids import derive
from upspiral.domain.learning.approval import Approval, ApprovalState
from upspiral.domain.learning.lever import LeverTrial, TrialState
from upspiral.domain.night.notification import Notification, NotificationType, make_notification
from upspiral.errors import BudgetSpent, StoreError, UpspiralError
from upspiral.runtime import Runtime


@step
def plan_levers(runtime: Runtime, night: Night) -> tuple[str, ...]:
    """Write down which levers are tried and in which order; planned once, however often asked."""
    cycle = read_cycle(runtime, night)
    known = runtime.store.lever_trials.of(night.workspace, night.cycle)
    if not known:
        known = _plan(runtime, cycle)
        runtime.store.lever_trials.insert_ignore(*known)
    return tuple(one.lever for one in known if one.state is not TrialState.PASSED_OVER)


@step
def draft_candidate(runtime: Runtime, night: Night, lever: str) -> bool | Pending:
    """Let one lever draft; False where no candidate came of it."""
    cycle, trial = read_cycle(runtime, night), _trial(runtime, night, lever)
    if trial.state is not TrialState.PLANNED:
        return trial.state in (TrialState.DRAFTED, TrialState.TRIED, TrialState.CHOSEN)
    trials = runtime.store.lever_trials.of(night.workspace, night.cycle)
    if not cycle.levers and (enough := say_enough(trials, trial)):
        _end(runtime, trial, TrialState.PASSED_OVER, enough)
        return False
    task = _task(runtime, cycle)
    standing = find_standing(runtime, task, lever)
    if standing:
        return _take_standing(runtime, task, trial, standing)
    try:
        said = current().complete(night, make_lever(runtime, lever).draft(task))
    except (StoreError, NightOver):
        raise
    except BudgetSpent as error:
        _end(runtime, trial, TrialState.PASSED_OVER, str(error))
        return False
    except UpspiralError as error:
        _end(runtime, trial, TrialState.FAILED, str(error))
        return False
    match said:
        case Waiting():
            return Pending(said.note)
        case Declined():
            _end(runtime, trial, TrialState.WITHOUT_DRAFT, said.reason)
            return False
        case Draft():
            return _keep_draft(runtime, task, trial, said)


@step
def try_candidate(runtime: Runtime, night: Night, lever: str) -> bool:
    """Compare a draft with the live version where drafts compete; False where there are no such cases."""
    cycle, trial = read_cycle(runtime, night), _trial(runtime, night, lever)
    dataset = runtime.store.datasets.get(night.workspace, cycle.dataset or "")
    if trial.state is not TrialState.DRAFTED or not dataset.selection:
        return trial.state is TrialState.TRIED
    comparison = compare_versions(
        runtime,
        evaluate.CaseSet(dataset, Split.SELECT),
        candidate=get_candidate(runtime, cycle, trial.candidate),
        incumbent=get_live(runtime, cycle),
        night=cycle,
    )
    try:
        report = current().complete(night, comparison)
    except BudgetSpent:
        spent = "The night's budget was used up before its draft was tried."
        _end(runtime, trial, TrialState.PASSED_OVER, spent)
        return False
    seen = {"report": report.id, "gain": report.gain, "gain_low": report.overall.gain_low}
    seen |= {"usd_per_1000": _price(runtime, cycle, trial, report)}
    runtime.store.lever_trials.upsert(msgspec.structs.replace(trial, state=TrialState.TRIED, **seen))
    return True


@step
def choose_candidate(runtime: Runtime, night: Night) -> bool:
    """Choose the draft that goes to the gate; False where none did better than the live version.

    Raises:
        UpspiralError: A lever failed and no other found anything better; says why.
    """
    cycle = read_cycle(runtime, night)
    if cycle.candidate:
        return True
    trials = runtime.store.lever_trials.of(night.workspace, night.cycle)
    chosen = choose_trial(trials)
    if chosen is None:
        failed = [one for one in trials if one.state is TrialState.FAILED]
        if failed:
            raise UpspiralError(failed[0].reason if len(trials) == 1 else describe_trials(trials))
        note(runtime, night, reason=f"No lever found a better version. {describe_trials(trials)}".strip())
        return False
    reason = "; ".join(part for part in (chosen.reason, explain_choice(trials, chosen)) if part)
    chosen = msgspec.structs.replace(chosen, state=TrialState.CHOSEN, reason=reason)
    with runtime.store.transaction():
        runtime.store.lever_trials.upsert(chosen)
        note(runtime, night, candidate=chosen.candidate)
    return True


def _price(runtime: Runtime, cycle: Cycle, trial: LeverTrial, report: EvalReport) -> float | None:
    """Say what 1,000 answers of a draft cost, by those that it has just given."""
    version = get_candidate(runtime, cycle, trial.candidate)
    model = runtime.store.model_versions.get(cycle.workspace, version.model)
    return price_answers(runtime, model, report.candidate_use)


def _plan(runtime: Runtime, cycle: Cycle) -> list[LeverTrial]:
    task = _task(runtime, cycle)
    obstacles = find_obstacles(runtime, task.agent, cycle)
    options = [
        LeverOption(name, _estimate(runtime, name, task), _list_gains(runtime, cycle, name))
        for name, obstacle in obstacles.items()
        if not obstacle
    ]
    ranked = rank_levers(options, runtime.settings.levers)
    if not ranked or cycle.levers:  # what a person asks for is tried, whatever is expected of it
        ranked = rank_levers(
            [msgspec.structs.replace(one, gains=()) for one in options], runtime.settings.levers
        )
    planned = [
        _new_trial(task, one.name, n, expected_gain=one.expected_gain, estimated_usd=one.usd)
        for n, one in enumerate(ranked)
    ]
    over = TrialState.PASSED_OVER
    left = [(name, why) for name, why in obstacles.items() if name not in {one.lever for one in planned}]
    return [
        *planned,
        *(
            _new_trial(
                task, name, len(planned) + n, state=over, reason=why or "It did not help in past nights."
            )
            for n, (name, why) in enumerate(left)
        ),
    ]


def _new_trial(task: DraftTask, lever: str, position: int, **known: object) -> LeverTrial:
    return LeverTrial(
        id=derive("lev", task.cycle.id, lever),
        workspace=task.cycle.workspace,
        agent=task.agent.id,
        cycle=task.cycle.id,
        lever=lever,
        position=position,
        at=task.now,
        **known,  # type: ignore[arg-type]
    )


def _estimate(runtime: Runtime, name: str, task: DraftTask) -> DraftCost:
    return make_lever(runtime, name).estimate(task)


def _list_gains(runtime: Runtime, cycle: Cycle, lever: str) -> tuple[float, ...]:
    since = cycle.started - timedelta(days=runtime.settings.levers.remember_days)
    past = runtime.store.lever_trials.list_since(cycle.workspace, cycle.agent, since)
    return tuple(one.gain for one in past if one.lever == lever and one.gain is not None)


def _task(runtime: Runtime, cycle: Cycle) -> DraftTask:
    store = runtime.store
    return DraftTask(
        cycle=cycle,
        agent=store.agents.get(cycle.workspace, cycle.agent),
        live=get_live(runtime, cycle),
        dataset=store.datasets.get(cycle.workspace, cycle.dataset or ""),
        now=runtime.now(),
    )


def _trial(runtime: Runtime, night: Night, lever: str) -> LeverTrial:
    return runtime.store.lever_trials.get(night.workspace, derive("lev", night.cycle, lever))


def _end(runtime: Runtime, trial: LeverTrial, state: TrialState, reason: str) -> None:
    runtime.store.lever_trials.upsert(msgspec.structs.replace(trial, state=state, reason=reason))


def _tell_waiting(approval: Approval) -> Notification:
    return make_notification(
        NotificationType.APPROVAL_WAITING,
        approval.id,
        workspace=approval.workspace,
        at=approval.at,
        agent=approval.agent,
        approval=approval.id,
        lever=approval.lever,
        cycle=approval.cycle,
        expires=approval.expires.isoformat(),
    )


def _take_standing(runtime: Runtime, task: DraftTask, trial: LeverTrial, approval: Approval) -> bool:
    """Draft the text that a person approved; while one waits, the lever writes no other."""
    if approval.state is ApprovalState.WAITING:
        waits = f"{approval.id} waits for approval until {approval.expires:%Y-%m-%d}."
        _end(runtime, trial, TrialState.PASSED_OVER, waits)
        return False
    said = read_approved(runtime, task, approval)
    with runtime.store.transaction():
        runtime.store.approvals.move(approval, ApprovalState.USED, used_in=task.cycle.id)
        if isinstance(said, Declined):
            _end(runtime, trial, TrialState.WITHOUT_DRAFT, said.reason)
            return False
        return _keep_draft(runtime, task, trial, said)


def _keep_draft(runtime: Runtime, task: DraftTask, trial: LeverTrial, draft: Draft) -> bool:
    """Make a version of a draft; a draft that changes nothing, or that a person must approve, is none yet."""
    version = identify(draft.version, task.live, now=task.now)
    if version.sha256 == task.live.sha256:
        _end(runtime, trial, TrialState.WITHOUT_DRAFT, "It changed nothing.")
        return False
    draft = msgspec.structs.replace(draft, version=version)
    approval = ask_approval(runtime, task, trial, draft)
    if approval and approval.state is ApprovalState.REFUSED:
        refused = f"{approval.decided_by} refused the same text ({approval.id})."
        _end(runtime, trial, TrialState.WITHOUT_DRAFT, refused)
        return False
    state = TrialState.WAITING if approval else TrialState.DRAFTED
    with runtime.store.transaction():
        made = add_version(runtime.store, version)
        if approval:
            runtime.store.approvals.insert_ignore(msgspec.structs.replace(approval, candidate=made.id))
            runtime.store.notifications.insert_ignore(_tell_waiting(approval))
        kept = {"candidate": made.id, "reason": draft.summary, "state": state}
        runtime.store.lever_trials.upsert(msgspec.structs.replace(trial, **kept))
    return approval is None
