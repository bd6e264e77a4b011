"""The canary's verdict."""

from datetime import timedelta

from tests.conftest import START, Maker

from upspiral.deploy.config import DeploySettings
from upspiral.deploy.traffic import draw, pick_arm
from upspiral.deploy.watch import assess
from upspiral.domain import Arm, Conversation, Deployment, Status, Verdict
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId, DeploymentId

SETTINGS = DeploySettings()
CANARY = Deployment(
    id=DeploymentId("dep"),
    workspace=DEFAULT_WORKSPACE,
    agent=AgentId("support"),
    candidate=AgentVersionId("new"),
    stable=AgentVersionId("old"),
    share=0.5,
    started=START,
)


def _seen(make: Maker, canary: list[bool], stable: list[bool], latency: float = 10) -> list[Conversation]:
    found = []
    for n in range(max(len(canary), len(stable))):
        for arm, outcomes in ((Arm.STABLE, stable), (Arm.CANARY, canary)):
            if n < len(outcomes):
                turn = make.interaction(arm=arm, latency_ms=latency)
                status = Status.SUCCESS if outcomes[n] else Status.FAILURE
                found.append(
                    Conversation(id=turn.id, status=status, interactions=(turn,), arm=arm, settled=turn.at)
                )
    return found


def test_without_outcomes_there_is_no_verdict() -> None:
    assert assess(CANARY, [], settings=SETTINGS, now=START).verdict is None


def test_a_clearly_worse_canary_is_unhealthy_and_the_numbers_are_told(make: Maker) -> None:
    seen = _seen(make, [False] * 25, [True] * 25)
    found = assess(CANARY, seen, settings=SETTINGS, now=START)
    assert found.verdict == Verdict.UNHEALTHY
    assert "canary 0 of 25 right, stable 25 of 25 right" in found.reason


def test_a_clearly_better_canary_is_healthy(make: Maker) -> None:
    seen = _seen(make, [True] * 60, [True, False] * 30)
    assert assess(CANARY, seen, settings=SETTINGS, now=START).verdict == Verdict.HEALTHY


def test_fewer_outcomes_than_the_least_never_give_a_verdict(make: Maker) -> None:
    seen = _seen(make, [False] * 19, [True] * 200)
    assert assess(CANARY, seen, settings=SETTINGS, now=START).verdict is None


def test_time_is_not_over_by_a_clock_that_is_not_believed() -> None:
    late = START + timedelta(days=15)
    doubt = "it jumped ahead by 15.0 days since the start"
    found = assess(CANARY, [], settings=SETTINGS, now=late, clock_doubt=doubt)
    assert found.verdict is None
    assert doubt in found.reason


def test_silence_until_the_end_is_inconclusive_and_never_healthy() -> None:
    late = START + timedelta(days=15)
    assert assess(CANARY, [], settings=SETTINGS, now=late).verdict == Verdict.INCONCLUSIVE


def _told(make: Maker, arm: Arm, *, wrong: int, silent: int) -> list[Conversation]:
    turns = [make.interaction(arm=arm) for _ in range(wrong + silent)]
    statuses = [Status.FAILURE] * wrong + [Status.UNKNOWN] * silent
    return [
        Conversation(id=turn.id, status=status, interactions=(turn,), arm=arm, settled=turn.at)
        for turn, status in zip(turns, statuses, strict=True)
    ]


def test_a_canary_that_is_always_complained_of_is_unhealthy_though_nobody_praises_the_other(
    make: Maker,
) -> None:
    seen = _told(make, Arm.CANARY, wrong=583, silent=0) + _told(make, Arm.STABLE, wrong=297, silent=225)
    found = assess(CANARY, seen, settings=SETTINGS, now=START)
    assert found.verdict == Verdict.UNHEALTHY
    assert "complaints in 583 of 583 and 297 of 522 conversations" in found.reason


def test_a_canary_without_complaints_is_healthy_where_users_only_complain(make: Maker) -> None:
    stable = _told(make, Arm.STABLE, wrong=150, silent=150)
    found = assess(
        CANARY, [*stable, *_told(make, Arm.CANARY, wrong=0, silent=300)], settings=SETTINGS, now=START
    )
    assert found.verdict == Verdict.HEALTHY
    assert "By its complaints it is better" in found.reason


def test_a_fixed_limit_rolls_back_whatever_the_stable_version_does(make: Maker) -> None:
    limit = DeploySettings(min_success=0.85)
    seen = _seen(make, [True, True, False] * 10, [True, True, False] * 10)
    found = assess(CANARY, seen, settings=limit, now=START)
    assert (found.verdict, "fixed limit 85%" in found.reason) == (Verdict.UNHEALTHY, True)


def test_a_slow_canary_breaks_the_latency_limit(make: Maker) -> None:
    limit = DeploySettings(max_p95_ms=1000)
    seen = _seen(make, [True] * 30, [True] * 30, latency=1500)
    assert assess(CANARY, seen, settings=limit, now=START).verdict == Verdict.UNHEALTHY


def test_traffic_is_sticky_and_has_the_wanted_share() -> None:
    arms = [pick_arm(CANARY, f"c{n}") for n in range(4000)]
    assert arms == [pick_arm(CANARY, f"c{n}") for n in range(4000)]
    assert 0.47 <= arms.count(Arm.CANARY) / 4000 <= 0.53
    assert all(0 <= draw("d", f"c{n}") < 1 for n in range(100))
