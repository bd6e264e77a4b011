"""Conditions that a table offers."""

from upspiral.stats.items import itemise


def test_numbers_are_cut_at_their_quartiles_and_few_of_them_are_categories() -> None:
    items = itemise({"many": list(range(100)), "few": [1, 2] * 50, "flag": [True, False] * 50}, least=10)
    assert items.names[:4] == (("many", "≤ 24"), ("many", "≤ 49"), ("many", "> 49"), ("many", "> 74"))
    assert {("few", "1"), ("few", "2"), ("flag", "yes"), ("flag", "no")} <= set(items.names)
    assert items.rows.sum(axis=1).tolist()[:4] == [25, 50, 50, 25]


def test_rows_without_a_value_meet_no_condition() -> None:
    items = itemise({"x": [None, *range(30)], "c": [None, *["a", "b"] * 15]}, least=1)
    assert not items.rows[:, 0].any()
