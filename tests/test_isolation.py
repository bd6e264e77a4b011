"""Each item is done whatever happens to the others."""

from upspiral.isolation import run_each


def test_each_item_is_done_whatever_the_others_raise() -> None:
    done: list[int] = []

    def do(item: int) -> None:
        if item % 2:
            raise ValueError(item)
        done.append(item)

    assert run_each("work", range(5), do) == 2
    assert done == [0, 2, 4]
