"""Which of the texts seen so far are most like this one? By words without a network, or by an embedder."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Protocol

import numpy as np
import scipy
from numpy.typing import NDArray

from upspiral.lexical import to_terms

FEATURES = 2**18
EAST_ASIAN_PAIR = re.compile(r"(?=([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]{2}))")
"""Two letters of Chinese, Japanese or Korean, overlapping with the next two."""
MAX_POSTINGS = 40_000
"""A search counts so many occurrences of its rarest features; only texts found by them are compared whole."""
MIN_CANDIDATES = 64
"""At least so many texts are compared whole."""
GROUPS_PER_WANTED = 8
"""Into so many groups texts are cut for each that is wanted, to bound how near the nearest are."""
Floats = NDArray[np.float32]
Places = NDArray[np.intp]


class Embedder(Protocol):
    """Turns texts into vectors, alike ones into near ones."""

    def embed(self, texts: Sequence[str], /) -> Floats:
        """Give one row for each text, shape (n, size)."""


class Index(Protocol):
    """Holds texts in the order in which they came."""

    def add(self, texts: Sequence[str], /) -> None:
        """Take in more texts."""

    def find_nearest(self, text: str, limit: int, /) -> tuple[Places, Floats]:
        """Give the places of texts that are like this one, in order, with their cosine similarities.

        Those with the greatest similarities, `limit` of them, are there; others may be.
        """


class Likeness:
    """Texts under their ids, searched by likeness; deterministic.

    Args:
        ids: Names of the texts.
        texts: As many texts; an id seen before is passed over with its text.
        embedder: What turns texts into vectors; None for TF-IDF, offline.
        by_letters: Without an embedder, compare runs of three letters and words, rather than words and pairs
            of words: finds more where texts are short, inflected, misspelt, or written without spaces.

    >>> seen = Likeness(["a", "b"], ["Where is my parcel?", "Cancel the contract."])
    >>> [ident for ident, _ in seen.most_like("my parcel?", limit=5)]
    ['a']
    """

    def __init__(
        self,
        ids: Sequence[str] = (),
        texts: Sequence[str] = (),
        *,
        embedder: Embedder | None = None,
        by_letters: bool = False,
    ) -> None:
        self._ids: dict[str, None] = {}
        self._names: list[str] = []
        self._index: Index = Vectors(embedder) if embedder else Words(by_letters=by_letters)
        self.add(ids, texts)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, ident: str) -> bool:
        return ident in self._ids

    def add(self, ids: Sequence[str], texts: Sequence[str]) -> None:
        """Take in more texts; many at once cost less than one by one.

        Raises:
            ValueError: There are not as many ids as texts.
        """
        new = {i: t for i, t in zip(ids, texts, strict=True) if i not in self._ids}
        if new:
            self._index.add(list(new.values()))
            self._ids.update(dict.fromkeys(new))
            self._names.extend(new)

    def most_like(self, text: str, *, limit: int = 10) -> list[tuple[str, float]]:
        """Find the texts most like this one, most similar first, the earlier first where two are equal.

        Args:
            text: What is looked for.
            limit: How many at most.

        Returns:
            Ids with cosine similarities, above 0 and at most 1.
        """
        if not self._names or limit < 1:
            return []
        places, found = self._index.find_nearest(text, limit)
        ordered = np.lexsort((places, -found))[:limit]
        return [(self._names[places[n]], min(1.0, float(found[n]))) for n in ordered if found[n] > 0]


class Words:
    """TF-IDF by hashing: no vocabulary to keep, so texts can be added at any time.

    Counts are kept by feature, as blocks of texts; how much a feature weighs is settled when a search needs
    it, so that adding bit by bit and all at once find the same.

    Args:
        by_letters: Are the features runs of three letters and words, or words and pairs of words?
    """

    def __init__(self, *, by_letters: bool = False) -> None:
        from sklearn.feature_extraction import FeatureHasher

        self._cut = _make_letter_cutter() if by_letters else to_terms
        self._hasher = FeatureHasher(FEATURES, input_type="string", alternate_sign=False, dtype=np.float32)
        self._blocks: list[scipy.sparse.csr_matrix] = []
        self._weights: Floats = np.zeros(0, dtype=np.float32)
        self._lengths: NDArray[np.float64] = np.zeros(0)

    def add(self, texts: Sequence[str], /) -> None:
        """Take in more texts; blocks grow by doubling, so that there are few."""
        block = self._count_features(texts).T.tocsr()
        while self._blocks and self._blocks[-1].shape[1] <= block.shape[1]:
            block = scipy.sparse.hstack([self._blocks.pop(), block], format="csr")
        block.sort_indices()
        self._blocks.append(block)
        self._weights = np.zeros(0, dtype=np.float32)

    def find_nearest(self, text: str, limit: int, /) -> tuple[Places, Floats]:
        """Find texts like this one by its rarest features; compare those that they name by all features.

        A feature that most texts have costs the most to count and tells the least. So the rarest come first,
        and once `MAX_POSTINGS` are counted the others are looked up for the best candidates alone.
        """
        if not len(self._weights):
            self._weigh()
        asked = self._count_features([text])
        strength = asked.data * self._weights[asked.indices]
        length = float(np.sqrt((strength**2).sum()))
        if length == 0:
            return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.float32)
        strength = strength * self._weights[asked.indices] / length
        rare, common = self._part_by_rarity(asked.indices)
        found = self._count_postings(asked.indices[rare], strength[rare]) / self._lengths
        places = find_greatest(found, max(limit, MIN_CANDIDATES) if len(common) else limit)
        exact = found[places] + self._look_up(asked.indices[common], strength[common], places)
        return places, np.asarray(exact, dtype=np.float32)

    def _part_by_rarity(self, features: NDArray[np.int32]) -> tuple[Places, Places]:
        """Part features into those whose occurrences are counted and the more frequent ones."""
        ends = [(block.indptr[features], block.indptr[features + 1]) for block in self._blocks]
        seen_in = np.sum([end - begin for begin, end in ends], axis=0)
        order = np.argsort(seen_in, kind="stable")
        counted = max(1, int(np.searchsorted(np.cumsum(seen_in[order]), MAX_POSTINGS, side="right")))
        return order[:counted], order[counted:]

    def _count_postings(self, features: NDArray[np.int32], strength: Floats) -> NDArray[np.float64]:
        """Add up what each text has of the features, shape (n,)."""
        sums = []
        for block in self._blocks:
            spans = [slice(block.indptr[one], block.indptr[one + 1]) for one in features]
            texts = np.concatenate([block.indices[span] for span in spans])
            counts = np.concatenate([block.data[span] * by for span, by in zip(spans, strength, strict=True)])
            sums.append(np.bincount(texts, weights=counts, minlength=block.shape[1]))
        return np.concatenate(sums)

    def _look_up(self, features: NDArray[np.int32], strength: Floats, places: Places) -> NDArray[np.float64]:
        """Add up what some texts have of the features, shape (places,)."""
        total, begin = np.zeros(len(places)), 0
        for block in self._blocks:
            low, high = np.searchsorted(places, [begin, begin + block.shape[1]])
            wanted = (places[low:high] - begin).astype(block.indices.dtype)  # else all others are converted
            for one, by in zip(features, strength, strict=True):
                span = slice(block.indptr[one], block.indptr[one + 1])
                texts, counts = block.indices[span], block.data[span]
                if len(texts) and len(wanted):
                    at = texts.searchsorted(wanted)
                    has = texts.take(at, mode="clip") == wanted
                    total[low:high] += counts.take(at, mode="clip") * (has * by)
            begin += block.shape[1]
        return total / self._lengths[places]

    def _count_features(self, texts: Sequence[str]) -> "scipy.sparse.csr_matrix":
        """Count features, damped by the logarithm; shape (texts, FEATURES)."""
        counts: scipy.sparse.csr_matrix = self._hasher.transform(self._cut(text) for text in texts)
        counts.sum_duplicates()
        counts.data = np.log1p(counts.data)
        return counts

    def _weigh(self) -> None:
        """Settle how rare each feature is, and how long each text's vector."""
        texts = sum(block.shape[1] for block in self._blocks)
        seen_in = sum(np.diff(block.indptr) for block in self._blocks)
        weights = (np.log((1 + texts) / (1 + seen_in)) + 1).astype(np.float32)
        rare = weights**2
        squares = [
            scipy.sparse.csr_matrix((block.data**2, block.indices, block.indptr), block.shape).T @ rare
            for block in self._blocks
        ]
        lengths = np.sqrt(np.concatenate(squares))
        self._lengths = np.where(lengths > 0, lengths, 1).astype(np.float64)
        self._weights = weights  # last: other threads search as soon as they see it


def cut_letters(text: str) -> list[str]:
    """Cut a text into runs of three letters within words; the beginnings and ends of words are marked.

    Where a letter is a syllable or a word, as in Chinese, Japanese and Korean, also into runs of two.

    >>> cut_letters("My card")
    [' my', 'my ', ' ca', 'car', 'ard', 'rd ']
    >>> cut_letters("包裹")
    [' 包裹', '包裹 ', '包裹']
    """
    pairs = EAST_ASIAN_PAIR.findall(text) if not text.isascii() else []
    return [*_make_cutter(analyzer="char_wb", ngram_range=(3, 3))(text), *pairs]


def _make_letter_cutter() -> Callable[[str], Iterable[str]]:
    return lambda text: [*cut_letters(text), *(f"word {one}" for one in to_terms(text, pairs=False))]


@cache
def _make_cutter(**how: Any) -> Callable[[str], Iterable[str]]:
    from sklearn.feature_extraction.text import HashingVectorizer

    cut: Callable[[str], Iterable[str]] = HashingVectorizer(**how).build_analyzer()
    return cut


def find_greatest(values: NDArray[Any], limit: int) -> Places:
    """Give the places of the greatest values above 0, `limit` of them and ties, in order."""
    least = _bound_greatest(values, limit)
    places = np.flatnonzero(values >= least if least > 0 else values > 0)
    if len(places) > limit:
        least = np.partition(values[places], -limit)[-limit]
        places = places[values[places] >= least]
    return places


def _bound_greatest(values: NDArray[Any], limit: int) -> float:
    """Give a number that at least `limit` of the values reach, close to the least of them; 0 for few values.

    The values are cut into groups; if the greatest of each of `limit` groups reaches a number, so many do.
    """
    size = len(values) // (GROUPS_PER_WANTED * limit)
    if size < 2:
        return 0.0
    greatest = values[: len(values) // size * size].reshape(-1, size).max(axis=1)
    return float(np.partition(greatest, -limit)[-limit])


class Vectors:
    """Vectors of an embedder, each of length 1."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._blocks: list[Floats] = []

    def add(self, texts: Sequence[str], /) -> None:
        """Embed more texts."""
        self._blocks.append(self._embed(texts))

    def find_nearest(self, text: str, limit: int, /) -> tuple[Places, Floats]:
        """Compare a text with every text held."""
        if len(self._blocks) > 1:
            self._blocks = [np.concatenate(self._blocks)]
        found = self._blocks[0] @ self._embed([text])[0]
        places = find_greatest(found, limit)
        return places, np.asarray(found[places], dtype=np.float32)

    def _embed(self, texts: Sequence[str]) -> Floats:
        vectors = np.asarray(self._embedder.embed(texts), dtype=np.float32)
        size = self._blocks[0].shape[1] if self._blocks else vectors.shape[-1]
        if vectors.shape != (len(texts), size):
            raise ValueError(f"the embedder gave {vectors.shape} for {len(texts)} texts of size {size}")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)
