"""Which of the texts seen so far are most like this one? By words without a network, or by an embedder."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import scipy
from numpy.typing import NDArray

from upspiral.lexical import to_terms

FEATURES = 2**18
Floats = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors, alike ones into near ones."""

    def embed(self, texts: Sequence[str], /) -> Floats:
        """Give one row for each text, shape (n, size)."""


class Index(Protocol):
    """Holds texts in the order in which they came."""

    def add(self, texts: Sequence[str], /) -> None:
        """Take in more texts."""

    def similarities(self, text: str, /) -> Floats:
        """Give the cosine similarity of every text held, shape (n,)."""


class Likeness:
    """Texts under their ids, searched by likeness; deterministic.

    Args:
        ids: Names of the texts.
        texts: As many texts; an id seen before is passed over with its text.
        embedder: What turns texts into vectors; None for TF-IDF over words and pairs of words, offline.

    >>> seen = Likeness(["a", "b"], ["Where is my parcel?", "Cancel the contract."])
    >>> [ident for ident, _ in seen.most_like("my parcel?", limit=5)]
    ['a']
    """

    def __init__(
        self, ids: Sequence[str] = (), texts: Sequence[str] = (), *, embedder: Embedder | None = None
    ) -> None:
        self._ids: dict[str, None] = {}
        self._names: list[str] = []
        self._index: Index = Vectors(embedder) if embedder else Words()
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
        found = self._index.similarities(text)
        likest = np.flatnonzero(found > 0)
        if len(likest) > limit:
            least = np.partition(found[likest], -limit)[-limit]
            likest = likest[found[likest] >= least]
        ordered = likest[np.lexsort((likest, -found[likest]))][:limit]
        return [(self._names[n], min(1.0, float(found[n]))) for n in ordered]


class Words:
    """TF-IDF by hashing: no vocabulary to keep, so texts can be added at any time.

    Counts are kept by word, as blocks of texts; how much a word weighs is settled when a search needs it, so
    that adding bit by bit and all at once find the same.
    """

    def __init__(self) -> None:
        from sklearn.feature_extraction.text import HashingVectorizer

        self._vectorizer = HashingVectorizer(
            n_features=FEATURES,
            analyzer=to_terms,  # single letters count: "vitamin C"
            norm=None,
            alternate_sign=False,
            dtype=np.float32,
        )
        self._blocks: list[scipy.sparse.csr_matrix] = []
        self._weights: Floats = np.zeros(0, dtype=np.float32)
        self._lengths: Floats = np.zeros(0, dtype=np.float32)

    def add(self, texts: Sequence[str], /) -> None:
        """Take in more texts; blocks grow by doubling, so that there are few."""
        block = self._count_words(texts)
        while self._blocks and self._blocks[-1].shape[1] <= block.shape[1]:
            block = scipy.sparse.hstack([self._blocks.pop(), block], format="csr")
        self._blocks.append(block)
        self._weights = np.zeros(0, dtype=np.float32)

    def similarities(self, text: str, /) -> Floats:
        """Give the cosine similarity of every text held, shape (n,)."""
        if not len(self._weights):
            self._weigh()
        asked = self._count_words([text])
        asked.data *= self._weights[asked.tocoo().row]
        length = float(np.sqrt((asked.data**2).sum()))
        if length == 0:
            return np.zeros(len(self._lengths), dtype=np.float32)
        words = asked.tocoo().row
        strength = scipy.sparse.csr_matrix((asked.data * self._weights[words] / length)[None, :])
        found = [(strength @ block[words]).toarray()[0] for block in self._blocks]
        return np.asarray(np.concatenate(found) / self._lengths, dtype=np.float32)

    def _count_words(self, texts: Sequence[str]) -> "scipy.sparse.csr_matrix":
        """Count words, damped by the logarithm; shape (FEATURES, texts)."""
        counts: scipy.sparse.csr_matrix = self._vectorizer.transform(texts).T.tocsr()
        counts.data = np.log1p(counts.data)
        return counts

    def _weigh(self) -> None:
        """Settle how rare each word is, and how long each text's vector."""
        texts = sum(block.shape[1] for block in self._blocks)
        seen_in = sum(np.diff(block.indptr) for block in self._blocks)
        self._weights = (np.log((1 + texts) / (1 + seen_in)) + 1).astype(np.float32)
        rare = self._weights**2
        squares = [
            scipy.sparse.csr_matrix((block.data**2, block.indices, block.indptr), block.shape).T @ rare
            for block in self._blocks
        ]
        lengths = np.sqrt(np.concatenate(squares))
        self._lengths = np.where(lengths > 0, lengths, 1).astype(np.float32)


class Vectors:
    """Vectors of an embedder, each of length 1."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._blocks: list[Floats] = []

    def add(self, texts: Sequence[str], /) -> None:
        """Embed more texts."""
        self._blocks.append(self._embed(texts))

    def similarities(self, text: str, /) -> Floats:
        """Give the cosine similarity of every text held, shape (n,)."""
        if len(self._blocks) > 1:
            self._blocks = [np.concatenate(self._blocks)]
        return np.asarray(self._blocks[0] @ self._embed([text])[0], dtype=np.float32)

    def _embed(self, texts: Sequence[str]) -> Floats:
        vectors = np.asarray(self._embedder.embed(texts), dtype=np.float32)
        size = self._blocks[0].shape[1] if self._blocks else vectors.shape[-1]
        if vectors.shape != (len(texts), size):
            raise ValueError(f"the embedder gave {vectors.shape} for {len(texts)} texts of size {size}")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)
