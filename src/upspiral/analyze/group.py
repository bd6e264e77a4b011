"""Which texts are alike? Likeness to groups, and the words that name them."""

import re
from collections.abc import Sequence

import numpy as np
import scipy
from msgspec import Struct
from numpy.typing import NDArray

from upspiral.lexical import to_content_terms, to_phrases

NOISE = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»|「[^」]*」|'[^']{12,}'|\b[0-9a-f]{8,}\b|\d+")
COMPONENTS = 64
MAX_TERMS = 4
"""Words by which a group is told."""
MIN_CENTRE_SIMILARITY = 0.35
"""Cosine similarity from which the centres of two groups are one subject."""


class Grouping(Struct, frozen=True):
    """Texts sorted into groups."""

    labels: NDArray[np.int64]
    """Group of each text, shape (n,); -1 for none."""
    terms: tuple[tuple[str, ...], ...]
    """The words that set each group apart, strongest first."""


def strip_variables(text: str) -> str:
    """Leave out what differs between texts of one kind: numbers, ids, quotations.

    >>> strip_variables("Where is order 4711?")
    'Where is order  ?'
    """
    return NOISE.sub(" ", text)


def group(
    texts: Sequence[str],
    found_in: Sequence[bool],
    *,
    against: Sequence[bool],
    min_size: int,
    likeness: float,
) -> Grouping:
    """Find groups among some of the texts and sort all texts into them.

    TF-IDF over words and pairs of words, or pieces of characters where no space ends a word, each weighted by
    how much oftener it occurs in the texts looked at than in those they are held against (greetings occur in
    both and say nothing), reduced by SVD and clustered by HDBSCAN; then every text joins the group with the
    nearest centre, if it is near enough. A group is named by the words that occur in it and hardly elsewhere.
    Deterministic.

    Args:
        texts: All texts, shape (n,).
        found_in: True for those among which groups are looked for; shape (n,).
        against: True for those they are held against; shape (n,).
        min_size: Texts a group needs at least.
        likeness: Cosine similarity to the centre at which a text belongs to a group, 0 to 1.
    """
    from sklearn.cluster import HDBSCAN
    from sklearn.feature_extraction.text import TfidfVectorizer

    nothing = Grouping(np.full(len(texts), -1), ())
    chosen = np.flatnonzero(np.asarray(found_in, dtype=np.bool_))
    if len(chosen) < max(2, min_size):
        return nothing
    clean = [strip_variables(text) for text in texts]
    vectorizer = TfidfVectorizer(analyzer=to_content_terms, sublinear_tf=True, min_df=2)
    try:
        weights = vectorizer.fit_transform(clean)
    except ValueError:  # no word occurs twice
        return nothing
    telling = _weigh_words(weights, chosen, np.flatnonzero(against))
    points = _reduce(weights.multiply(telling).tocsr())
    chosen = chosen[np.linalg.norm(points[chosen], axis=1) > 0]  # the others hold no telling word
    if len(chosen) < max(2, min_size):
        return nothing
    found = HDBSCAN(min_cluster_size=max(2, min_size), min_samples=2, copy=True).fit_predict(points[chosen])
    if found.max() < 0:
        found = np.zeros(len(chosen), dtype=np.int64)  # one subject only: density has nothing to part
    found = _merge_alike(points[chosen], found)
    centres = _centres(points[chosen], found)
    likenesses = points @ centres.T
    labels = np.where(likenesses.max(axis=1) >= likeness, likenesses.argmax(axis=1), -1)
    terms = _terms(weights, labels, vectorizer.get_feature_names_out(), len(centres))
    inside = [[clean[n] for n in np.flatnonzero(labels == k).tolist()] for k in range(len(centres))]
    return Grouping(labels, tuple(to_phrases(*one)[:MAX_TERMS] for one in zip(terms, inside, strict=True)))


def words(texts: Sequence[str], least: int) -> tuple["scipy.sparse.csc_matrix", tuple[str, ...]]:
    """Find the words and pairs of words that several texts hold: groups that owe nothing to any outcome.

    One word holds together what is asked in many wordings.

    Args:
        texts: All texts, shape (n,).
        least: Texts that hold a word, at least; what more than half of them hold is left out.

    Returns:
        Which text holds which word, shape (n, words), and the words.

    >>> held, named = words(["an invoice", "invoice 12", "a parcel", "hello"], 2)
    >>> named, held.toarray().ravel().tolist()
    (('invoice',), [1, 1, 0, 0])
    """
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(analyzer=to_content_terms, binary=True, min_df=least, max_df=0.5)
    try:
        held = vectorizer.fit_transform([strip_variables(text) for text in texts])
    except ValueError:  # no word occurs so often
        return scipy.sparse.csc_matrix((len(texts), 0), dtype=np.int64), ()
    return held.tocsc(), tuple(str(word) for word in vectorizer.get_feature_names_out())


def _centres(points: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    from sklearn.preprocessing import normalize

    means = [points[labels == k].mean(axis=0) for k in range(labels.max() + 1)]
    return np.asarray(normalize(np.vstack(means)), dtype=np.float64)


def _merge_alike(points: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Join groups whose centres are alike: density alone parts one subject by its wordings."""
    from sklearn.cluster import AgglomerativeClustering

    centres = _centres(points, labels)
    if len(centres) < 2:
        return labels
    joined = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=1 - MIN_CENTRE_SIMILARITY
    ).fit_predict(centres)
    return np.where(labels >= 0, joined[labels], -1)


def _weigh_words(
    weights: "scipy.sparse.csr_matrix", chosen: NDArray[np.int64], against: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Weigh each word by how surely it belongs to the chosen texts, 0 to 1, shape (words,)."""
    here = np.asarray((weights[chosen] > 0).sum(axis=0)).ravel()
    there = np.asarray((weights[against] > 0).sum(axis=0)).ravel()
    share = (len(chosen) + 1) / (len(chosen) + len(against) + 2)
    rate = (here + 4 * share) / (here + there + 4)
    return np.asarray(np.clip((rate - share) / (1 - share), 0.0, 1.0), dtype=np.float64)


def _reduce(weights: "scipy.sparse.csr_matrix") -> NDArray[np.float64]:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    size = min(COMPONENTS, min(weights.shape) - 1)
    dense = TruncatedSVD(size, random_state=0).fit_transform(weights) if size >= 2 else weights.toarray()
    return np.asarray(normalize(dense), dtype=np.float64)


def _terms(
    weights: "scipy.sparse.csr_matrix", labels: NDArray[np.int64], words: NDArray[np.str_], groups: int
) -> tuple[tuple[str, ...], ...]:
    named = []
    for k in range(groups):
        inside = labels == k
        strength = _mean(weights, inside) - _mean(weights, ~inside)
        ranked = [str(words[i]) for i in np.argsort(-strength)[:12] if strength[i] > 0.4 * strength.max()]
        named.append(distinct(ranked))
    return tuple(named)


def _mean(weights: "scipy.sparse.csr_matrix", rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give the mean weight of each word over some texts, 0 where there are none."""
    total = np.asarray(weights[rows].sum(axis=0), dtype=np.float64).ravel()
    return total / max(1, int(rows.sum()))


def distinct(ranked: Sequence[str]) -> tuple[str, ...]:
    """Drop words that an earlier pair of words holds already, and pairs made of earlier words."""
    kept: list[str] = []
    for term in ranked:
        parts = set(term.split())
        if not any(parts <= set(other.split()) or set(other.split()) <= parts for other in kept):
            kept.append(term)
    return tuple(kept)
