"""Who got what right, overall and in each group."""

from tests.evaluate.paired import make_pairs

from upspiral.evaluate.slices import one_each


def test_a_conversation_counts_once() -> None:
    pair = make_pairs([(True, False, "a")])[0]
    assert len(one_each([pair, pair])) == 1
