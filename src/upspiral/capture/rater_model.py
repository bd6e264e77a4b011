"""How much does each rater count, and why? Learned from who agrees with whom (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from upspiral.capture.config import CaptureSettings
from upspiral.capture.outcome import is_gold, is_judgement, join_names, signal_score
from upspiral.domain import Judgement, Reliability, VoteWeight
from upspiral.domain.feedback import FAMILIES
from upspiral.stats.collusion import Blocs, find_blocs, judge_blocs, pairs
from upspiral.stats.near_duplicates import near_duplicates, vote_share
from upspiral.stats.raters import Ballots, Floats, Ints, Method, RaterFit, log_odds, with_gold

MAX_WEIGHT, MIN_WEIGHT = 3.0, 0.1
"""No word weighs more than this; one that would weigh less does not count."""


class Vote(Struct, frozen=True):
    """One rater's word on one item."""

    rater: str
    item: str
    good: bool
    group: str = ""
    """What the item is one of, such as the agent that answered."""


class RaterModel:
    """Learns how much each rater's word counts, from agreement.

    Verbs: `update` takes votes, `reliability` answers for one rater, `weights` for all that can be used as
    the `weights` of `outcome.fold`. All votes are kept and fitted when asked, so the order of updates does
    not matter, except that the latest vote of a rater on an item replaces the one before.

    A rater with hit rates c_bad and c_good, drawn to the mean of all by 8 votes each, weighs
    `w = ln(c_good / (1 - c_bad))` when it says good, `w = ln(c_bad / (1 - c_good))` when bad, divided by
    what a typical rater's two words weigh on average. The hit rates come from the majority of the others or
    from Dawid and Skene's EM, whichever predicts hidden votes better, and are corrected by gold. Members of
    blocs that may have agreed on what to say, or that err together, weigh 0 (`stats.collusion.judge_blocs`),
    but for what gold says of them, and those who vote in step (see
    `stats.near_duplicates`) count together as one.
    Units: weights from -3 to 3 votes of a typical rater, negative only by gold; rates from 0 to 1.

    Source: Dawid and Skene (1979), Nitzan and Paroush (1982), Parisi et al. (2014), Benjamini and Hochberg
    (1995).

    >>> raters = RaterModel()
    >>> raters.update(Vote(who, str(i), good=(i % 3 > 0) != (who == "ben" and i % 2 > 0))
    ...               for i in range(60) for who in ("anna", "ben", "cleo"))
    >>> {name: (weight.good, weight.bad) for name, weight in raters.weights().items()}
    {'anna': (1.9, 2.2), 'ben': (0.2, 0.2), 'cleo': (1.9, 2.2)}
    """

    def __init__(self) -> None:
        self._votes: dict[tuple[str, str], Vote] = {}
        self._gold: dict[str, bool] = {}
        self._known: _Known | None = None

    def update(self, votes: Iterable[Vote] = (), *, gold: Mapping[str, bool] | None = None) -> None:
        """Learn more votes, and items whose truth is known.

        Args:
            votes: In the order in which they came.
            gold: By item, whether it is good.
        """
        self._votes |= {(vote.rater, vote.item): vote for vote in votes}
        self._gold |= gold or {}
        self._known = None

    def weights(self) -> dict[str, VoteWeight]:
        """Give the weights of every rater, -3 to 3, by name."""
        known = self._fit_once()
        each = zip(known.names, known.weight.tolist(), strict=True)
        return {name: VoteWeight(good, bad) for name, (bad, good) in each}

    def reliability(self, rater: str) -> Reliability:
        """Say what is known of a rater, and why the weight is what it is."""
        known = self._fit_once()
        if rater not in known.number:
            typical = known.fit.typical
            return Reliability(
                voice=rater, weight=1.0, weight_good=1.0, weight_bad=1.0, votes=0, checked=0,
                right=known.typical(), typical=known.typical(),
                right_on_good=float(typical[1]), right_on_bad=float(typical[0]), method=known.method,
                reason="Has not judged anything yet, so the weight is 1.",
            )  # fmt: skip
        return known.of(rater)

    def blocs(self) -> list[tuple[str, ...]]:
        """List the groups of raters who are silenced for agreeing too much."""
        known = self._fit_once()
        return [tuple(known.names[i] for i in group) for group in known.blocs.members()]

    def dump(self) -> dict[str, Any]:
        """Give everything learned as plain JSON."""
        votes = [[v.rater, v.item, v.good, v.group] for _, v in sorted(self._votes.items())]
        return {"votes": votes, "gold": dict(sorted(self._gold.items()))}

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> "RaterModel":
        """Make a learner from what `dump` gave."""
        learner = cls()
        learner.update((Vote(*vote) for vote in state["votes"]), gold=state["gold"])
        return learner

    def _fit_once(self) -> "_Known":
        if self._known is None:
            self._known = _fit(self._votes, self._gold)
        return self._known


def votes_of(words: Iterable[Judgement], settings: CaptureSettings) -> list[Vote]:
    """Take the votes out of the feedback: each rater's latest clear word on each Interaction.

    A score between the two thresholds is no vote, and takes back an earlier one. Gold is no vote: it is the
    truth. A rater is the kind of source with the name, so that a user called like a judge is another.

    Args:
        words: Oldest first.
        settings: The two thresholds.
    """
    told = {
        (word.interaction, word.voice): (word, signal_score(word, word.answer))
        for word in words
        if word.source in FAMILIES and is_judgement(word) and not is_gold(word)
    }
    return [
        Vote(rater, item, score >= settings.success_at, word.agent)
        for (item, rater), (word, score) in told.items()
        if score >= settings.success_at or score < settings.failure_below
    ]


def gold_of(words: Iterable[Judgement], settings: CaptureSettings) -> dict[str, bool]:
    """Give the Interactions of which a human gave the truth, with whether they are good.

    Args:
        words: Oldest first; the latest counts.
        settings: The two thresholds; a score between them tells nothing.
    """
    told = {w.interaction: signal_score(w, w.answer) for w in words if is_gold(w) and is_judgement(w)}
    low, high = settings.failure_below, settings.success_at
    return {item: score >= high for item, score in told.items() if score >= high or score < low}


class _Known(Struct, frozen=True, kw_only=True):
    names: list[str]
    number: dict[str, int]
    method: Method
    fit: RaterFit
    blocs: Blocs
    step: Ints
    weight: Floats
    votes: Floats
    checked: Floats

    def of(self, rater: str) -> Reliability:
        i = self.number[rater]
        bloc = int(self.blocs.bloc[i])
        mates = np.flatnonzero(self.blocs.bloc == bloc) if bloc >= 0 else np.zeros(0, dtype=np.int64)
        found = Reliability(
            voice=rater,
            weight=round(float(self.weight[i].mean()), 3),
            weight_good=float(self.weight[i, 1]),
            weight_bad=float(self.weight[i, 0]),
            votes=int(self.votes[i]),
            checked=int(self.checked[i]),
            right=float(self.fit.right()[i]),
            right_on_good=float(self.fit.hits[i, 1]),
            right_on_bad=float(self.fit.hits[i, 0]),
            typical=self.typical(),
            method=self.method,
            bloc=tuple(self.names[j] for j in mates if j != i),
            in_step=tuple(self.names[j] for j in self._find_in_step(i) if j != i),
            agreed=float(self.blocs.agreed[bloc]) if bloc >= 0 else None,
            expected=float(self.blocs.expected[bloc]) if bloc >= 0 else None,
        )
        return msgspec.structs.replace(found, reason=explain_weight(found))

    def _find_in_step(self, i: int) -> Ints:
        return np.flatnonzero(self.step == self.step[i]) if self.step[i] >= 0 else np.zeros(0, dtype=np.int64)

    def typical(self) -> float:
        return float(self.fit.typical @ np.array([1 - self.fit.base, self.fit.base]))


def _fit(votes: Mapping[tuple[str, str], Vote], gold: Mapping[str, bool]) -> _Known:
    lines = [votes[key] for key in sorted(votes)]
    names = sorted({vote.rater for vote in lines})
    number = {name: i for i, name in enumerate(names)}
    ballots = _columns(lines, gold, number)
    alike = pairs(ballots)
    blocs, step = find_blocs(ballots, alike), near_duplicates(ballots, alike)
    method, fit, blocs = judge_blocs(ballots, blocs, vote_share(step))
    nobody = np.zeros(len(names), dtype=np.bool_)
    believed = with_gold(fit, ballots, in_doubt=blocs.bloc >= 0)
    fit = with_gold(fit, ballots, in_doubt=nobody)
    counted = np.bincount(ballots.rater, minlength=len(names)).astype(float)
    checked = ballots.rater[ballots.are_shared() | ballots.are_known()]
    true = np.bincount(ballots.rater[ballots.are_known()], minlength=len(names))
    weight = _weights(believed, may_be_negative=true > 0) * vote_share(step)[:, None]
    return _Known(
        names=names, number=number, method=method, fit=fit, blocs=blocs, step=step,
        weight=weight.round(3), votes=counted,
        checked=np.bincount(checked, minlength=len(names)).astype(float),
    )  # fmt: skip


def _weights(fit: RaterFit, *, may_be_negative: NDArray[np.bool_]) -> Floats:
    """Give the weight of a bad (column 0) and of a good word, in typical votes, in steps of a tenth."""
    evidence, typical = log_odds(fit.hits), log_odds(fit.typical)
    shared = (1 - fit.common_bias) * (typical - typical.mean())
    evidence = evidence - shared * np.clip(evidence.mean(axis=1) / typical.mean(), 0.0, 1.0)[:, None]
    evidence = np.where(may_be_negative[:, None], evidence, np.maximum(evidence, 0.0))
    weight = np.clip(evidence / typical.mean(), -MAX_WEIGHT, MAX_WEIGHT).round(1)
    return np.where(np.abs(weight) < MIN_WEIGHT, 0.0, weight)


def _columns(lines: Sequence[Vote], gold: Mapping[str, bool], number: Mapping[str, int]) -> Ballots:
    of = {vote.item: vote.group for vote in lines}
    items = {item: i for i, item in enumerate(sorted(of))}
    groups = {group: i for i, group in enumerate(sorted(set(of.values())))}
    return Ballots(
        rater=np.array([number[vote.rater] for vote in lines], dtype=np.int64),
        item=np.array([items[vote.item] for vote in lines], dtype=np.int64),
        good=np.array([vote.good for vote in lines], dtype=np.float64),
        group=np.array([groups[of[item]] for item in items], dtype=np.int64),
        gold=np.array([float(gold[item]) if item in gold else np.nan for item in items], dtype=np.float64),
        raters=len(number),
    )


def explain_weight(found: Reliability) -> str:
    """Say in words why a rater weighs what it weighs."""
    if (
        found.agreed is not None
        and found.expected is not None
        and not (found.weight_good or found.weight_bad)
    ):
        return (
            f"Does not count: voted like {join_names(found.bloc) or 'others'} on {found.agreed:.0%} of what"
            f" they share; being right and habit explain {found.expected:.0%}. They count as a bloc."
        )
    if found.in_step:
        mates, size = join_names(found.in_step), len(found.in_step) + 1
        return (
            f"Votes in step with {mates}: they judge the same few items and hardly ever differ, so together"
            f" the {size} count as one."
        )
    if not found.checked:
        items = "1 item" if found.votes == 1 else f"{found.votes} items"
        return f"Judged {items}, which nobody else judged, so nothing is known and the weight is 1."
    against = "most others" if found.method == "majority" else "what all together make likely"
    told = (
        f"{found.checked} of {found.votes} votes could be held against {against}: right in about"
        f" {found.right:.0%} (good items {found.right_on_good:.0%}, bad items {found.right_on_bad:.0%});"
        f" typical is {found.typical:.0%}."
    )
    if not found.weight_good and not found.weight_bad:
        return f"Does not count: the votes tell nothing about the items. {told}"
    if found.weight < 0:
        return f"Counts for the contrary: gold shows the votes to be wrong more often than right. {told}"
    few_checked = " So few votes say little, which keeps the weight near 1."
    return told if found.checked >= 16 else f"{told}{few_checked}"
