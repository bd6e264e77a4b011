"""Which simple conditions can be put on structured features? Categories as they are, numbers in bins."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Value = str | float | int | bool | None
MAX_DISTINCT_NUMBERS = 6
"""Numbers of so many distinct values, or fewer, are categories."""
MAX_CATEGORIES = 40
"""Categories of one feature that are looked at; the commonest."""


@dataclass(frozen=True, eq=False)
class Items:
    """Conditions of one feature each, and the rows that meet them."""

    names: tuple[tuple[str, str], ...]
    """Feature and value, such as ``("model", "small")`` or ``("turns", "> 4")``."""
    feature: NDArray[np.int64]
    """Number of each condition's feature, shape (items,)."""
    rows: NDArray[np.bool_]
    """Shape (items, n)."""


def itemise(table: Mapping[str, Sequence[Value]], *, least: int) -> Items:
    """Give every condition that enough rows meet, and enough do not.

    Args:
        table: Values by feature, shape (n,) each; None where a row has none. Numbers of more than six
            distinct values are cut at their quartiles.
        least: Rows that must meet a condition, and rows that must not.

    >>> found = itemise({"tool": ["search", "search", "none"], "same": [1, 1, 1]}, least=1)
    >>> found.names
    (('tool', 'search'), ('tool', 'none'))
    """
    names: list[tuple[str, str]] = []
    features: list[int] = []
    rows: list[NDArray[np.bool_]] = []
    for number, (feature, column) in enumerate(table.items()):
        for value, inside in _conditions(column):
            if least <= int(inside.sum()) <= len(column) - least:
                names.append((feature, value))
                features.append(number)
                rows.append(inside)
    n = max((len(column) for column in table.values()), default=0)
    member = np.stack(rows) if rows else np.zeros((0, n), dtype=np.bool_)
    return Items(tuple(names), np.array(features, dtype=np.int64), member)


def _conditions(column: Sequence[Value]) -> list[tuple[str, NDArray[np.bool_]]]:
    counts = Counter(column)
    counts.pop(None, None)
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in counts)
    if numeric and len(counts) > MAX_DISTINCT_NUMBERS:
        return _cuts(np.array([np.nan if v is None else float(v) for v in column]))
    code = {value: k for k, (value, _) in enumerate(counts.most_common(MAX_CATEGORIES))}
    codes = np.array([code.get(value, -1) for value in column])
    return [(plain(value), codes == k) for value, k in code.items()]


def _cuts(numbers: NDArray[np.float64]) -> list[tuple[str, NDArray[np.bool_]]]:
    """Cut at the quartiles: low, lower half, upper half, high."""
    first, middle, last = np.nanquantile(numbers, (0.25, 0.5, 0.75), method="lower").tolist()
    return [
        (f"≤ {first:g}", numbers <= first),
        *([(f"≤ {middle:g}", numbers <= middle)] if middle > first else []),
        (f"> {middle:g}", numbers > middle),
        *([(f"> {last:g}", numbers > last)] if last > middle else []),
    ]


def plain(value: Value) -> str:
    """Say a value as a condition does.

    >>> plain(True), plain(4.0), plain("small")
    ('yes', '4', 'small')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
