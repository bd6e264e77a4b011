"""What is known of a canary whose users only complain, only praise, or mostly say nothing."""

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from upspiral.deploy.config import DeploySettings
from upspiral.deploy.evidence import ArmCounts, show_not_worse
from upspiral.stats.proportions import wilson
from upspiral.stats.sequential import rollback_evidence

SETTINGS = DeploySettings()
Bools = NDArray[np.bool_]


class Users(NamedTuple):
    """How often users speak up."""

    praise: float
    """Chance that a good answer is praised."""
    complain: float
    """Chance that a bad answer is complained of."""


ONLY_COMPLAIN, ONLY_PRAISE, BOTH = Users(0.0, 1.0), Users(0.3, 0.0), Users(0.3, 0.3)


class Ending(NamedTuple):
    """What the watch concluded of one canary, looked at after every 100 conversations."""

    rolled_back: bool
    promoted: bool


def _watch(
    rng: np.random.Generator, *, stable: float, canary: float, users: Users, share: float, n: int
) -> Ending:
    """Watch one canary whose true quality is known until a verdict falls, or n conversations are over."""
    arms = rng.random(n) < share
    good = rng.random(n) < np.where(arms, canary, stable)
    said = rng.random(n) < np.where(good, users.praise, users.complain)
    path = np.ones(n)
    if said.any():
        path[said] = rollback_evidence(arms[said], good[said], share=share)
    for look in range(100, n + 1, 100):
        if path[:look].max() >= 1 / SETTINGS.alpha and (said & arms)[:look].sum() >= 20:
            return Ending(rolled_back=True, promoted=False)
        found = show_not_worse(
            _count(arms[:look], good[:look], said[:look]),
            _count(~arms[:look], good[:look], said[:look]),
            SETTINGS,
        )
        if found.enough and found.shown:
            return Ending(rolled_back=False, promoted=True)
    return Ending(rolled_back=False, promoted=False)


def _count(mine: Bools, good: Bools, said: Bools) -> ArmCounts:
    return ArmCounts(
        answered=int(mine.sum()),
        right=int((mine & good & said).sum()),
        wrong=int((mine & ~good & said).sum()),
    )


def _many(runs: int, seed: int, **world: object) -> tuple[int, int]:
    rng = np.random.default_rng(seed)
    endings = [_watch(rng, **world) for _ in range(runs)]  # type: ignore[arg-type]
    return sum(e.rolled_back for e in endings), sum(e.promoted for e in endings)


@pytest.mark.long
def test_a_canary_wrong_twice_as_often_is_rolled_back_where_users_only_complain() -> None:
    back, out = _many(60, 1, stable=0.5, canary=0.0, users=ONLY_COMPLAIN, share=0.5, n=1000)
    assert (back, out) == (60, 0)


@pytest.mark.long
@pytest.mark.parametrize("quality", [0.1, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_equal_rates_of_complaint_roll_back_in_at_most_five_percent(quality: float, share: float) -> None:
    back, _ = _many(200, 2, stable=quality, canary=quality, users=ONLY_COMPLAIN, share=share, n=2000)
    assert wilson(back, 200).low <= 0.05
    assert back <= 14


def test_a_better_canary_is_promoted_by_its_complaints_alone() -> None:
    back, out = _many(40, 3, stable=0.5, canary=0.8, users=ONLY_COMPLAIN, share=0.5, n=1000)
    assert (back, out >= 38) == (0, True)


@pytest.mark.long
@pytest.mark.parametrize("users", [ONLY_COMPLAIN, ONLY_PRAISE, BOTH], ids=["complain", "praise", "both"])
def test_a_canary_worse_by_more_than_the_margin_is_promoted_in_at_most_alpha(users: Users) -> None:
    _, out = _many(200, 4, stable=0.8, canary=0.75, users=users, share=0.5, n=4000)
    assert wilson(out, 200).low <= SETTINGS.promote_alpha


def test_a_worse_canary_whose_users_only_praise_is_not_promoted() -> None:
    _, out = _many(60, 5, stable=0.8, canary=0.4, users=ONLY_PRAISE, share=0.5, n=2000)
    assert out == 0


def test_one_lonely_praise_among_complaints_does_not_make_a_success_rate() -> None:
    canary, stable = (
        ArmCounts(answered=583, right=1, wrong=582),
        ArmCounts(answered=522, right=1, wrong=297),
    )
    found = show_not_worse(canary, stable, SETTINGS)
    assert (found.measure, found.shown) == ("complaints", False)


@pytest.mark.parametrize("answered", [20, 500, 100_000])
def test_silence_is_never_evidence(answered: int) -> None:
    silent = ArmCounts(answered=answered, right=0, wrong=0)
    assert not show_not_worse(silent, silent, SETTINGS).shown
    hardly = ArmCounts(answered=answered, right=0, wrong=1)
    assert not show_not_worse(silent, hardly, SETTINGS).shown
    assert not show_not_worse(hardly, hardly, SETTINGS).enough
