"""How are pieces of characters told so that a person can read them? Grown to what the texts share (pure)."""

from collections import Counter
from collections.abc import Sequence

from upspiral.lexical.tokens import STEM_CHARACTERS, is_unspaced, split_runs, to_characters, to_stem

MIN_SHARED_PART = 0.6
"""A piece grows by the next character where this part of the texts that hold it go on so."""
MAX_CHARACTERS = 24
"""Characters that a phrase grows to."""
MAX_TEXTS_READ = 300
"""Texts by which a piece is grown."""


def to_phrases(terms: Sequence[str], texts: Sequence[str]) -> tuple[str, ...]:
    """Grow pieces of scripts without spaces to whole phrases, and beginnings of words to words.

    Whole words stay as they are. A phrase that an earlier one holds, or that holds an earlier one, is left
    out, and so is another form of an earlier word.

    Args:
        terms: Words, pairs of words and pieces, the most telling first.
        texts: Texts that hold them.

    >>> to_phrases(["款到", "退款", "order"], ["退款到账了吗", "退款到账要几天", "请问退款到账"])
    ('退款到账', 'order')
    >>> to_phrases(["возвр", "возврата"], ["Статус возврата", "Где возврат?", "Возврат денег"])
    ('возврат',)
    """
    runs = [run for text in texts[:MAX_TEXTS_READ] for run in split_runs(text)]
    kept: list[str] = []
    for term in terms:
        phrase = _grow_piece(term, runs) if is_unspaced(term) else _grow_word(term, runs)
        if not any(phrase == one or _is_form(phrase, one) for one in kept):
            kept.append(phrase)
    return tuple(kept)


def _is_form(one: str, other: str) -> bool:
    if is_unspaced(one):
        return one in other or other in one
    return not one.isascii() and " " not in one and to_stem(one) == to_stem(other)


def _grow_word(term: str, runs: Sequence[str]) -> str:
    """Grow the beginning of words to what most of them share; a word, or a pair of words, stays."""
    if term.isascii() or " " in term or len(to_characters(term)) != STEM_CHARACTERS:
        return term
    words = [run for run in runs if run.startswith(term)]
    grown = term
    while True:
        following = Counter(word[: len(grown) + 1] for word in words if word.startswith(grown))
        longest, count = min(following.items(), key=lambda pair: (-pair[1], pair[0]), default=(grown, 0))
        if longest == grown or count < MIN_SHARED_PART * len(words):
            return grown
        grown = longest


def _grow_piece(term: str, runs: Sequence[str]) -> str:
    holding = [run for run in runs if term in run]
    grown = term
    for _ in range(MAX_CHARACTERS - len(to_characters(term))):
        before, after = Counter[str](), Counter[str]()
        for run in holding:
            left, found, right = run.partition(grown)
            if found:
                before[to_characters(left)[-1] if left else ""] += 1
                after[to_characters(right)[0] if right else ""] += 1
        (left, lefts), (right, rights) = _most(before), _most(after)
        enough = MIN_SHARED_PART * max(1, before.total())
        if right and rights >= max(enough, lefts if left else 0):
            grown = grown + right
        elif left and lefts >= enough:
            grown = left + grown
        else:
            break
    return grown


def _most(counts: Counter[str]) -> tuple[str, int]:
    return min(counts.items(), key=lambda pair: (-pair[1], pair[0]), default=("", 0))
