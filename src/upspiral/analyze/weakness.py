"""Which groups of texts fail more often than noise explains, and are they growing or fading? Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import scipy
from numpy.typing import NDArray

from upspiral.analyze.config import AnalyzeSettings
from upspiral.analyze.group import distinct, group, words
from upspiral.domain import Trend
from upspiral.lexical import to_phrases
from upspiral.stats.change.permutation import PeriodCounts, change, stand_out
from upspiral.stats.contrast import Contrast, contrast
from upspiral.stats.proportions import exceeds
from upspiral.stats.subgroups import Search, sift

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

MIN_STANDARD_ERRORS = 2.0
"""Standard errors, about, by which a group must stand out in the explored half to be tested."""
MAX_TESTED_GROUPS = 40
"""Groups that are tested at most: each one more costs the others power."""
MAX_JOINED_GROUPS = 400
"""Groups among which alike ones are joined, the most striking ones."""
MAX_SHARED_PART = 0.5
"""Two groups that share more than this part of all their texts are one."""
MAX_NAME_WORDS = 4
"""At most so many words of a group are shown."""


@dataclass(frozen=True)
class Judged:
    """Conversations with what became of them."""

    failed: Bools
    """Did it fail; shape (n,)."""
    explored: Bools
    """Was it used to find the groups; shape (n,)."""
    days: Sequence[date]
    """The day of each."""


@dataclass(frozen=True, eq=False)
class CandidateGroup:
    """A group of alike texts that may be a weakness."""

    terms: tuple[str, ...]
    """Words that set it apart, the most telling first."""
    members: Bools
    """Which conversations are about it, at any time; shape (n,)."""
    since: date | None
    """The day from which on it seems to fail; None where it does so in the whole window."""


def candidate_groups(texts: Sequence[str], seen: Judged, settings: AnalyzeSettings) -> list[CandidateGroup]:
    """Find the groups of texts that stand out most in the explored half.

    Groups come from two sources. Words and pairs of words know nothing of outcomes, so that a topic that
    fails no more than the agent's mean over the window is there, too. Clusters among the explored failures
    hold together what has no word in common. Each of them is looked at over the whole window, and from each
    day on: there it must fail more often than the rest of that time and than itself before.

    Args:
        texts: What was asked, shape (n,).
        seen: What became of it.
        settings: Thresholds.

    Returns:
        The most striking first; groups that share most of their texts are one.
    """
    member, terms = _groups(texts, seen, settings)
    if not terms or not seen.explored.any():
        return []
    numbers = np.array([day.toordinal() for day in seen.days], dtype=np.int64)
    days, period = np.unique(numbers, return_inverse=True)
    scores = _scores(member, seen, period.astype(np.int64), len(days))
    best = scores.argmax(axis=1)
    height = scores[np.arange(len(best)), best]
    ranked = np.argsort(-height, kind="stable")
    ranked = ranked[height[ranked] >= MIN_STANDARD_ERRORS][:MAX_JOINED_GROUPS]
    members = np.asarray(member[:, ranked].T.toarray(), dtype=np.bool_)
    return [
        CandidateGroup(
            terms=_name(
                [word for k in alike for word in terms[ranked[k]]],
                [texts[n] for n in np.flatnonzero(members[alike[0]]).tolist()],
            ),
            members=members[alike[0]],
            since=date.fromordinal(int(days[best[ranked[alike[0]]]])) if best[ranked[alike[0]]] else None,
        )
        for alike in _join_alike(members, period[None, :] >= best[ranked][:, None])[:MAX_TESTED_GROUPS]
    ]


def _name(words: Sequence[str], texts: Sequence[str]) -> tuple[str, ...]:
    return to_phrases(distinct(words), texts)[:MAX_NAME_WORDS]


def _groups(
    texts: Sequence[str], seen: Judged, settings: AnalyzeSettings
) -> tuple["scipy.sparse.csc_matrix", tuple[tuple[str, ...], ...]]:
    """Give which text is in which group, shape (n, groups), and what each is called."""
    held, named = words(texts, 2 * settings.min_failures)
    clusters = group(
        texts,
        (seen.explored & seen.failed).tolist(),
        against=(seen.explored & ~seen.failed).tolist(),
        min_size=max(2, settings.min_failures // 2),
        likeness=settings.likeness,
    )
    inside = clusters.labels[:, None] == np.arange(len(clusters.terms))[None, :]
    member = scipy.sparse.hstack([held, scipy.sparse.csc_matrix(inside.astype(np.int64))], format="csc")
    return member, (*((word,) for word in named), *clusters.terms)


def _scores(
    member: "scipy.sparse.csc_matrix", seen: Judged, period: Ints, periods: int
) -> NDArray[np.float64]:
    rows = np.flatnonzero(seen.explored)
    each = np.eye(periods)[period[rows]]
    bad = each * seen.failed[rows, None]
    inside = member[rows].T
    everything = PeriodCounts(each.sum(axis=0, keepdims=True), bad.sum(axis=0, keepdims=True))
    return stand_out(PeriodCounts(np.asarray(inside @ each), np.asarray(inside @ bad)), everything)


def _join_alike(members: Bools, later: Bools) -> list[list[int]]:
    """Put each group, the most striking first, with the first one that shares most of its texts."""
    rows = scipy.sparse.csc_matrix((members & later).astype(np.int64).T)
    common = np.asarray(scipy.sparse.csc_matrix(rows.T @ rows).toarray())
    size = common.diagonal()
    alike = common > MAX_SHARED_PART * (size[:, None] + size[None, :] - common)
    firsts: dict[int, list[int]] = {}
    for k in range(len(members)):
        first = next((one for one in firsts if alike[one, k]), k)
        firsts.setdefault(first, []).append(k)
    return list(firsts.values())


def select_confirmed(
    groups: Sequence[CandidateGroup], seen: Judged, settings: AnalyzeSettings
) -> list[tuple[CandidateGroup, Bools, float]]:
    """Keep the groups that are weaknesses, with few false ones among all that are tested.

    A group is tested only on conversations that were not used to find it, so that the test is honest: it must
    fail more often than is tolerated and than the rest; where a day is named, than the rest since then and
    than itself before. One that only repeats another is left out.

    Args:
        groups: What the explored half suggests.
        seen: The conversations.
        settings: Thresholds.

    Returns:
        Each with its conversations since it began, shape (n,), and its p-value; the surest first.
    """
    when = np.array([day.toordinal() for day in seen.days], dtype=np.int64)
    everywhen = np.ones(len(when), dtype=np.bool_)
    later = [everywhen if one.since is None else when >= one.since.toordinal() for one in groups]
    rows = [one.members & since for one, since in zip(groups, later, strict=True)]
    enough = [k for k, inside in enumerate(rows) if (inside & seen.failed).sum() >= settings.min_failures]
    if not enough:
        return []
    suspect = np.any(rows, axis=0)
    measured = [
        _measure(groups[k].members, later[k], seen, suspect=suspect, settings=settings) for k in enough
    ]
    fresh = ~seen.explored
    inside = np.stack([rows[k][fresh] for k in enough])
    how = Search(q=settings.false_discoveries)
    kept = sift(measured, inside, seen.failed[fresh], how=how).kept
    return [(groups[enough[k]], rows[enough[k]], measured[k].p_value) for k in kept]


def _measure(
    members: Bools, later: Bools, seen: Judged, *, suspect: Bools, settings: AnalyzeSettings
) -> Contrast:
    """Hold a group against the rest; its p-value is the highest of all that it must pass.

    The rest leaves out what the explored half suspects, where something else is left: an agent that fails at
    ten things does not hide each of them behind the nine others.
    """
    fresh, inside = later & ~seen.explored, members & later & ~seen.explored
    rest = fresh & ~suspect & ~members
    compared = inside | rest if rest.any() else fresh
    against_rest = contrast(inside[compared], seen.failed[compared], higher=True)
    tolerated = exceeds(int(seen.failed[inside].sum()), int(inside.sum()), settings.tolerated_failure_rate)
    own = members & ~seen.explored
    against_past = 0.0 if later.all() else contrast(later[own], seen.failed[own], higher=True).p_value
    return replace(against_rest, p_value=max(against_rest.p_value, tolerated, against_past))


def trend(
    members: Sequence[date], everything: Sequence[date], *, rng: np.random.Generator
) -> tuple[Trend, str | None]:
    """Test whether a group's part of all conversations changed, which way, and from which day on.

    Fewer than four days say nothing.

    Args:
        members: Day of each of its failures.
        everything: Day of every conversation.
        rng: Where the permutations of the test come from.

    >>> week = [date(2026, 1, day) for day in range(1, 8) for _ in range(40)]
    >>> late = [day for day in week if day.day > 4][::2]
    >>> way, since = trend(late, week, rng=np.random.default_rng(0))
    >>> way.value, since
    ('growing', '2026-01-05')
    """
    hits, totals = Counter(members), Counter(everything)
    days = sorted(totals)
    found = change([hits[day] for day in days], [totals[day] for day in days], rng=rng)
    return Trend(found.direction), None if found.day is None else days[found.day].isoformat()
