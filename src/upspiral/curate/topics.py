"""What are the questions about? Groups of alike ones, named by their words (pure)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from upspiral.domain import Pattern
from upspiral.domain.ids import InteractionId
from upspiral.lexical import to_content_terms, to_phrases

REST_TOPIC = "rest"
"""Where a question goes that is like no others."""
MIN_TOPIC_QUESTIONS = 8
"""Questions that make a topic."""
MAX_COMPARED_QUESTIONS = 5000
"""Questions that are compared with each other; the others go to the nearest topic."""
MIN_TOPIC_COSINE = 0.5
"""Cosine from which a question belongs to a topic it was not grouped into."""

Floats = np.ndarray[Any, np.dtype[np.float64]]


def topics(questions: Sequence[str]) -> list[str]:
    """Give every question the name of its topic; the same questions always get the same.

    >>> topics(["hello"])
    ['rest']
    """
    if len(questions) < 2 * MIN_TOPIC_QUESTIONS:
        return [REST_TOPIC] * len(questions)
    from sklearn.cluster import HDBSCAN
    from sklearn.feature_extraction.text import TfidfVectorizer

    weigh = TfidfVectorizer(analyzer=to_content_terms, sublinear_tf=True, min_df=2)
    try:
        weights = weigh.fit_transform(questions)
    except ValueError:  # no word occurs twice
        return [REST_TOPIC] * len(questions)
    points = _points(weights)
    step = -(-len(questions) // MAX_COMPARED_QUESTIONS)
    sample = points[::step]
    least = max(MIN_TOPIC_QUESTIONS, len(sample) // 200)
    found = (
        HDBSCAN(min_cluster_size=least, min_samples=min(MIN_TOPIC_QUESTIONS, least), copy=True)
        .fit(sample)
        .labels_
    )
    labels = _assign(points, sample, found)
    names = _names(weights, labels, weigh.get_feature_names_out(), questions)
    return [names[label] if label >= 0 else REST_TOPIC for label in labels]


def name_by_patterns(
    topic_of: Mapping[InteractionId, str], patterns: Sequence[Pattern]
) -> dict[InteractionId, str]:
    """Call the topic in which most of a Pattern's members lie by the Pattern's name.

    So the good answers on a subject are reported together with the failures on it.

    Args:
        topic_of: The topic of every Interaction.
        patterns: Most important first; a topic is renamed once.
    """
    renamed: dict[str, str] = {}
    for pattern in patterns:
        lie = Counter(topic_of[member] for member in pattern.members if member in topic_of)
        topic, count = lie.most_common(1)[0] if lie else (REST_TOPIC, 0)
        if topic not in (REST_TOPIC, *renamed) and 2 * count > lie.total():
            renamed[topic] = pattern.name
    members = {member: p.name for p in reversed(patterns) for member in p.members}
    return {key: members.get(key, renamed.get(topic, topic)) for key, topic in topic_of.items()}


def _points(weights: Any) -> Floats:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    dimensions = min(64, weights.shape[0] - 1, weights.shape[1] - 1)
    if dimensions < 2:
        return np.asarray(weights.toarray(), dtype=np.float64)
    reduced = TruncatedSVD(dimensions, random_state=0).fit_transform(weights)
    return np.asarray(normalize(reduced), dtype=np.float64)


def _assign(points: Floats, sample: Floats, found: Any) -> list[int]:
    """Give each point the label of the nearest centre, or -1 where none is near."""
    from sklearn.preprocessing import normalize

    known = sorted(set(found) - {-1})
    if not known:
        return [-1] * len(points)
    centres = normalize(np.vstack([sample[found == label].mean(axis=0) for label in known]))
    likeness = points @ centres.T
    nearest = likeness.argmax(axis=1)
    return [int(n) if likeness[row, n] >= MIN_TOPIC_COSINE else -1 for row, n in enumerate(nearest)]


def _names(
    weights: Any, labels: Sequence[int], words: Sequence[str], questions: Sequence[str]
) -> dict[int, str]:
    marks = np.asarray(labels)
    overall = np.asarray(weights.mean(axis=0)).ravel()
    names: dict[int, str] = {}
    for label in sorted(set(labels) - {-1}):
        own = np.asarray(weights[marks == label].mean(axis=0)).ravel() - overall
        terms = [str(words[n]) for n in np.argsort(-own, kind="stable")[:6]]
        inside = [question for question, mark in zip(questions, labels, strict=True) if mark == label]
        name = _phrase(to_phrases(terms, inside))
        names[label] = name if name not in names.values() else f"{name} ({label + 1})"
    return names


def _phrase(terms: Sequence[str]) -> str:
    """Join the two strongest words.

    >>> _phrase(["arrive", "card", "card arrive"])
    'arrive card'
    """
    found: list[str] = []
    for term in terms:
        found += [word for word in term.split() if word not in found]
    return " ".join(found[:2]) or "unnamed"
