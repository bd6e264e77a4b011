"""How much does each rater count, why, and what does that change in an Outcome?"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from upspiral.capture.config import CaptureSettings
from upspiral.capture.outcome import fold, signal_score
from upspiral.domain import Feedback, Interaction, Outcome, Source
from upspiral.stats.raters import Ballots, Blocs, Fit, Floats, Method, chosen, find_blocs, log_odds

HEARD = frozenset(
    {Source.HUMAN_EVALUATION, Source.USER_CORRECTION, Source.USER_RATING, Source.VERIFIER, Source.JUDGE}
)
"""Sources with raters of their own; implicit signals and an agent's view of itself are not raters."""
MOST, LEAST = 3.0, 0.1
"""No rater weighs more than this; one who would weigh less is not heard."""


class Vote(Struct, frozen=True):
    """One rater's word on one item."""

    rater: str
    item: str
    good: bool
    group: str = ""
    """What the item is one of, such as the agent that answered."""


class Reliability(Struct, frozen=True, kw_only=True):
    """What is known of one rater."""

    rater: str
    weight: float
    """0 (not heard) to 3; 1 where nothing is known."""
    votes: int
    checked: int
    """Votes on items that others judged too, or whose truth is known."""
    right: float
    """Estimated share of right votes, 0 to 1."""
    right_on_good: float
    right_on_bad: float
    method: Method
    bloc: tuple[str, ...] = ()
    """The other members of the bloc, if the rater belongs to one."""
    agreed: float | None = None
    """Share of shared items that two members of the bloc judged alike."""
    expected: float | None = None
    """The share that their reliability and habits would explain."""
    reason: str = ""
    """All this in words."""


class Raters:
    """Learns how much each rater's word counts, from agreement.

    Verbs: `update` takes votes, `reliability` answers for one rater, `weights` for all that can be used as
    the `weights` of `fold_heard`. All votes are kept and fitted when asked, so the order of updates does not
    matter, except that the latest vote of a rater on an item replaces the one before.

    The weight of a rater with hit rates c_bad and c_good, drawn to the mean of all by 8 votes each, is
    `w = (logit c_bad + logit c_good) / 2`, at least 0, divided by the same for a rater of whom nothing is
    known. The hit rates come from the majority of the others or from Dawid and Skene's EM, whichever
    foretells hidden votes better; members of blocs (`stats.raters.find_blocs`) weigh 0.

    Source: Dawid and Skene (1979), Nitzan and Paroush (1982), Parisi et al. (2014), Benjamini and Hochberg
    (1995).

    >>> raters = Raters()
    >>> raters.update(Vote(who, str(i), good=(i % 3 > 0) != (who == "ben" and i % 2 > 0))
    ...               for i in range(60) for who in ("anna", "ben", "cleo"))
    >>> {name: round(weight, 1) for name, weight in raters.weights().items()}
    {'anna': 1.4, 'ben': 0.2, 'cleo': 1.4}
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

    def weights(self) -> dict[str, float]:
        """Give the weight of every rater, 0 to 3, by name."""
        known = self._fitted()
        return dict(zip(known.names, known.weight.tolist(), strict=True))

    def reliability(self, rater: str) -> Reliability:
        """Say what is known of a rater, and why the weight is what it is."""
        known = self._fitted()
        if rater not in known.number:
            typical = known.fit.typical
            right = float(typical @ np.array([1 - known.fit.base, known.fit.base]))
            reason = f"{rater}: weight 1. Has not judged anything yet."
            return Reliability(
                rater=rater, weight=1.0, votes=0, checked=0, right=right, right_on_good=float(typical[1]),
                right_on_bad=float(typical[0]), method=known.method, reason=reason,
            )  # fmt: skip
        return known.of(rater)

    def blocs(self) -> list[tuple[str, ...]]:
        """List the groups of raters who agree more than their reliability explains."""
        known = self._fitted()
        return [tuple(known.names[i] for i in group) for group in known.blocs.members()]

    def dump(self) -> dict[str, Any]:
        """Give everything learned as plain JSON."""
        votes = [[v.rater, v.item, v.good, v.group] for _, v in sorted(self._votes.items())]
        return {"votes": votes, "gold": dict(sorted(self._gold.items()))}

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> "Raters":
        """Make a learner from what `dump` gave."""
        learner = cls()
        learner.update((Vote(*vote) for vote in state["votes"]), gold=state["gold"])
        return learner

    def _fitted(self) -> "_Known":
        if self._known is None:
            self._known = _fit(self._votes, self._gold)
        return self._known


class Effect(Struct, frozen=True):
    """What the weights change in one Outcome."""

    plain: Outcome
    """Every rater counting the same."""
    weighed: Outcome
    words: str


def votes_of(
    judged: Iterable[tuple[Interaction, Sequence[Feedback]]], settings: CaptureSettings
) -> list[Vote]:
    """Take the votes out of signals: each rater's latest clear word on each Interaction.

    A score between the two thresholds is no vote, and takes back an earlier one.

    Args:
        judged: Interactions, each with its signals, oldest first.
        settings: The two thresholds.
    """
    votes = []
    for interaction, signals in judged:
        said = {s.rater: signal_score(interaction, s) for s in signals if s.source in HEARD and _speaks(s)}
        for rater, score in said.items():
            if score is not None and (score >= settings.success_at or score < settings.failure_below):
                votes.append(Vote(rater, interaction.id, score >= settings.success_at, interaction.agent))
    return votes


def fold_heard(
    interaction: Interaction,
    signals: Sequence[Feedback],
    *,
    settings: CaptureSettings,
    now: datetime,
    previous: Outcome | None = None,
    weights: Mapping[str, float],
) -> Outcome:
    """Fold as `outcome.fold` does, but raters of weight 0 are not heard, not even alone.

    Args:
        interaction: What is judged.
        signals: Everything that was said about it, oldest first.
        settings: The two thresholds.
        now: The moment of folding.
        previous: The Outcome as it was.
        weights: By rater, 0 or more; 1 for those not named.
    """
    heard = [signal for signal in signals if weights.get(signal.rater, 1.0) > 0]
    outcome = fold(interaction, heard, settings=settings, now=now, previous=previous, weights=weights)
    silent = sorted({signal.rater for signal in signals} - {signal.rater for signal in heard})
    if not silent:
        return outcome
    reason = f"{outcome.reason}; not heard: {_few(silent)}"
    return msgspec.structs.replace(outcome, signals=tuple(s.id for s in signals), reason=reason)


def effect(
    interaction: Interaction,
    signals: Sequence[Feedback],
    *,
    settings: CaptureSettings,
    now: datetime,
    weights: Mapping[str, float],
) -> Effect:
    """Say what the weights change in an Outcome: folded with and without them."""
    plain = fold(interaction, signals, settings=settings, now=now)
    weighed = fold_heard(interaction, signals, settings=settings, now=now, weights=weights)
    raters = sorted({signal.rater for signal in signals if _speaks(signal)})
    count = ", ".join(f"{rater} {weights.get(rater, 1.0):.2f}" for rater in raters) or "nobody"
    turn = "stays" if plain.status == weighed.status else f"turns from {plain.status} to"
    words = f"All alike: {plain.reason}. Weighed ({count}): {weighed.reason}. It {turn} {weighed.status}."
    return Effect(plain, weighed, words)


class _Known(Struct, frozen=True, kw_only=True):
    names: list[str]
    number: dict[str, int]
    method: Method
    fit: Fit
    blocs: Blocs
    weight: Floats
    votes: Floats
    checked: Floats

    def of(self, rater: str) -> Reliability:
        i = self.number[rater]
        bloc = int(self.blocs.bloc[i])
        mates = np.flatnonzero(self.blocs.bloc == bloc) if bloc >= 0 else np.zeros(0, dtype=np.int64)
        found = Reliability(
            rater=rater,
            weight=float(self.weight[i]),
            votes=int(self.votes[i]),
            checked=int(self.checked[i]),
            right=float(self.fit.right()[i]),
            right_on_good=float(self.fit.hits[i, 1]),
            right_on_bad=float(self.fit.hits[i, 0]),
            method=self.method,
            bloc=tuple(self.names[j] for j in mates if j != i),
            agreed=float(self.blocs.agreed[bloc]) if bloc >= 0 else None,
            expected=float(self.blocs.expected[bloc]) if bloc >= 0 else None,
        )
        typical = float(self.fit.typical @ np.array([1 - self.fit.base, self.fit.base]))
        return msgspec.structs.replace(found, reason=_words(found, typical))


def _fit(votes: Mapping[tuple[str, str], Vote], gold: Mapping[str, bool]) -> _Known:
    lines = [votes[key] for key in sorted(votes)]
    names = sorted({vote.rater for vote in lines})
    number = {name: i for i, name in enumerate(names)}
    ballots = _columns(lines, gold, number)
    blocs = find_blocs(ballots)
    method, fit = chosen(ballots, blocs.voice())
    weight = np.minimum(log_odds(fit.hits) / log_odds(fit.typical), MOST)
    weight = np.where((blocs.bloc >= 0) | (weight < LEAST), 0.0, weight)
    counted = np.bincount(ballots.rater, minlength=len(names)).astype(float)
    checked = np.bincount(ballots.rater[ballots.shared()], minlength=len(names)).astype(float)
    return _Known(
        names=names, number=number, method=method, fit=fit, blocs=blocs, weight=weight, votes=counted,
        checked=checked,
    )  # fmt: skip


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


def _words(found: Reliability, typical: float) -> str:
    start = f"{found.rater}: weight {found.weight:.2f}."
    if found.bloc and found.agreed is not None and found.expected is not None:
        return (
            f"{start} Judged {found.agreed:.0%} of shared items like {_few(found.bloc)}, where reliability"
            f" and habit explain {found.expected:.0%}: counted as a bloc and not heard."
        )
    if not found.checked:
        items = "1 item" if found.votes == 1 else f"{found.votes} items"
        return f"{start} Judged {items}, which nobody else judged, so nothing can be said; the default is 1."
    checked = "1 vote" if found.checked == 1 else f"{found.checked} votes"
    how = "the others' majority" if found.method == "majority" else "Dawid and Skene's estimate"
    said = (
        f"{start} Of {found.votes} votes {found.checked} could be checked against {how}: right in about"
        f" {found.right:.0%} (good items {found.right_on_good:.0%}, bad items {found.right_on_bad:.0%}),"
        f" where {typical:.0%} is typical and weighs 1."
    )
    if found.weight == 0:
        return f"{said} The votes tell nothing about the items, so they are not heard."
    return said if found.checked >= 16 else f"{said} With {checked} the estimate stays near the typical one."


def _speaks(signal: Feedback) -> bool:
    return signal.score is not None or signal.correction is not None


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
