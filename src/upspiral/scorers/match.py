"""Does the answer say what the reference says? Word by word in any script, without a model (pure)."""

from collections import Counter
from collections.abc import Collection

from upspiral.domain import Score
from upspiral.domain.evaluation import SUCCESS_AT
from upspiral.lexical import COUNTED, denies_otherwise, find_numbers, join_thousands, normalize, tokenize
from upspiral.plugin_kinds import SCORER
from upspiral.scorers.base import SHORTFALL

MIN_AGREEING_F1 = 0.8
"""Token F1 from which two answers say the same."""


@SCORER.register("exact")
class Exact:
    """The same words in the same order; case, punctuation and spacing do not count.

    >>> Exact().score("", "Card arrival.", "card  arrival").value
    1.0
    >>> Exact().score("", "Card arrival", "Card delivery").value
    0.0
    """

    name = "exact"
    compares = True

    def __init__(self, success_at: float = SUCCESS_AT) -> None:
        self.success_at = success_at

    def score(self, question: str, reference: str, answer: str) -> Score:
        """Measure an answer; see `Scorer`."""
        same = words(reference) == words(answer)
        return Score(1.0 if same else 0.0, "same words" if same else "other words")


@SCORER.register("agreement")
class Agreement:
    """The same content in other words: most words shared, all numbers and negations equal.

    >>> Agreement().score("", "It takes 5 days to arrive.", "It takes 5 days to arrive at home.").value
    0.86
    >>> Agreement().score("", "It takes 5 days to arrive.", "It takes 7 days to arrive.").reason
    'other numbers: 7 instead of 5'
    >>> Agreement().score("", "You can cancel it.", "You can not cancel it.").reason
    'one of the two denies'
    """

    name = "agreement"
    compares = True

    def __init__(self, success_at: float = SUCCESS_AT) -> None:
        self.success_at = success_at
        self._most_without = max(0.0, success_at - SHORTFALL)
        """The most that an answer gets that does not agree."""

    def score(self, question: str, reference: str, answer: str) -> Score:
        """Measure an answer; see `Scorer`."""
        shared = round(overlap(words(reference), words(answer)), 2)
        wanted, said = find_numbers(reference), find_numbers(answer)
        if wanted != said:
            reason = f"other numbers: {_list(said)} instead of {_list(wanted)}"
            return Score(min(shared, self._most_without), reason)
        if denies_otherwise(reference, answer):
            return Score(min(shared, self._most_without), "one of the two denies")
        if shared >= MIN_AGREEING_F1:
            return Score(shared, f"{shared:.0%} of the words agree")
        return Score(min(shared, self._most_without), f"only {shared:.0%} of the words agree")


def words(text: str) -> tuple[str, ...]:
    """Cut a text into its words, without case, punctuation and thousands separators.

    >>> words("It's 1,500 euros: in FIVE days!"), words("退款")
    (("it's", '1500', 'euros', 'in', '5', 'days'), ('退', '款', '退款'))
    """
    return tuple(COUNTED.get(word, word) for word in tokenize(join_thousands(normalize(text))))


def overlap(first: tuple[str, ...], second: tuple[str, ...]) -> float:
    """F1 of the words of two texts: 1 for the same bag of words, 0 for none in common.

    >>> overlap(("a", "b"), ("a", "c"))
    0.5
    """
    if not first or not second:
        return float(first == second)
    shared = sum((Counter(first) & Counter(second)).values())
    return 2 * shared / (len(first) + len(second))


def _list(numbers: Collection[str]) -> str:
    return ", ".join(sorted(numbers)) or "none"
