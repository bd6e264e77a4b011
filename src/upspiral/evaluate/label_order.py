"""In which order are pairs put before people? At random, every slice in proportion (pure)."""

from collections import defaultdict
from collections.abc import Sequence

from upspiral.domain import Pair


def order_pairs(pairs: Sequence[Pair]) -> list[Pair]:
    """Put pairs in an order of which every beginning holds each slice by its share.

    Within a slice they go by their keys, which tell nothing of the answers or of what the judge said: whoever
    labels the first n labels a random sample. Pairs that were not judged are left out, and those whose
    answers are the same text: nobody can prefer one.

    >>> order_pairs([])
    []
    """
    usable = [one for one in pairs if one.key and not one.is_same]
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in sorted(usable, key=lambda one: one.key or ""):
        groups[pair.slice].append(pair)
    places = {
        pair.key: (rank + 0.5) / len(group) for group in groups.values() for rank, pair in enumerate(group)
    }
    return sorted(usable, key=lambda one: (places[one.key], one.key or ""))
