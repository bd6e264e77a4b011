"""What is said of two answers, who said it, and by what the pair is found again."""

import pytest

from upspiral.domain.judgment import JudgeVersion, Preferred, pair_id


def test_the_version_of_a_judge_depends_on_every_part_and_on_nothing_else() -> None:
    same = JudgeVersion.describe("chat-model", "m", "prompt", rubric="r", max_tokens="9")
    assert same == JudgeVersion.describe("chat-model", "m", "prompt", max_tokens="9", rubric="r")
    others = [
        JudgeVersion.describe("other", "m", "prompt", rubric="r", max_tokens="9"),
        JudgeVersion.describe("chat-model", "n", "prompt", rubric="r", max_tokens="9"),
        JudgeVersion.describe("chat-model", "m", "other", rubric="r", max_tokens="9"),
        JudgeVersion.describe("chat-model", "m", "prompt", rubric="s", max_tokens="9"),
        JudgeVersion.describe("chat-model", "m", "prompt", rubric="r"),
    ]
    assert len({one.id for one in (same, *others)}) == 6


@pytest.mark.parametrize(("preferred", "points"), [("first", 1), ("second", -1), ("tie", 0)])
def test_each_verdict_has_its_points(preferred: str, points: float) -> None:
    assert Preferred(preferred).points == points


def test_a_pair_is_the_same_for_the_same_three_texts_in_their_places() -> None:
    assert pair_id("q", "a", "b") == pair_id("q", "a", "b")
    assert len({pair_id("q", "a", "b"), pair_id("q", "b", "a"), pair_id("qa", "", "b")}) == 3
