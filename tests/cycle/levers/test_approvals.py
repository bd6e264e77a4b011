"""What a person approved is put on top of what is live now; who is asked follows the setting."""

from datetime import UTC, datetime

import msgspec
import pytest
from tests.factories import make_version

from upspiral.cycle.levers.approvals import hash_text, list_changed, must_ask, rebase_text
from upspiral.domain.ids import MemoryId, ModelVersionId
from upspiral.night_config import LeverSettings

LIVE = make_version(at=datetime(2026, 1, 5, tzinfo=UTC), instructions="Be kind.", rules=("A.",))
replace = msgspec.structs.replace


def test_rules_are_added_to_those_that_came_meanwhile() -> None:
    candidate = replace(LIVE, rules=("A.", "B.", "C."))
    now = replace(LIVE, rules=("A.", "C.", "D."), memory=MemoryId("mem_1"), model=ModelVersionId("mv_2"))
    made = rebase_text(candidate, LIVE, now)
    assert made == replace(now, rules=("A.", "C.", "D.", "B."))


def test_what_was_changed_meanwhile_is_not_overwritten() -> None:
    candidate = replace(LIVE, instructions="Be short.")
    assert rebase_text(candidate, LIVE, replace(LIVE, rules=())) == replace(candidate, rules=())
    assert rebase_text(candidate, LIVE, replace(LIVE, instructions="Be calm.")) is None
    taken = replace(LIVE, rules=("B.",))
    assert rebase_text(taken, LIVE, LIVE) is None


@pytest.mark.parametrize(
    ("approval", "changed", "approved", "asked"),
    [
        ("never", ["rules"], 0, False),
        ("always", ["memory"], 99, True),
        ("always", [], 0, False),
        ("first:2", ["instructions"], 1, True),
        ("first:2", ["instructions"], 2, False),
        ("first:2", ["memory"], 0, False),
        ("first:2", ["memory", "rules"], 0, True),
    ],
)
def test_a_person_is_asked_as_it_is_set(
    approval: str, changed: list[str], approved: int, asked: bool
) -> None:
    assert must_ask(changed, LeverSettings(approval=approval), approved=approved) is asked


@pytest.mark.parametrize("approval", ["sometimes", "first", "first:0", "first:x", ""])
def test_a_setting_that_means_nothing_is_refused(approval: str) -> None:
    with pytest.raises(ValueError, match="approval"):
        LeverSettings(approval=approval)


def test_the_same_rules_are_the_same_text_whatever_else_is_live() -> None:
    other = replace(LIVE, rules=("A.", "Z."), model=ModelVersionId("mv_2"))
    first = hash_text(replace(LIVE, rules=("A.", "B.", "C.")), LIVE)
    assert first == hash_text(replace(other, rules=("A.", "Z.", "C.", "B.")), other)
    assert first != hash_text(replace(LIVE, rules=("A.", "B.")), LIVE)
    assert list_changed(replace(LIVE, model=ModelVersionId("mv_2")), LIVE) == []
