"""Vectors of a tiny model on this machine, which the test builds itself."""

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from upspiral.analyze.similarity_index import Likeness
from upspiral.errors import ConfigError
from upspiral.providers.static_embeddings import StaticEmbeddings

MEANINGS = {"[UNK]": (0, 0), "parcel": (1, 0), "package": (1, 0.1), "lamp": (0, 1), "light": (0.1, 1)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model that knows four words."""
    from model2vec import StaticModel

    tokenizer = Tokenizer(WordLevel({word: n for n, word in enumerate(MEANINGS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    vectors = np.array(list(MEANINGS.values()), dtype=np.float32)
    StaticModel(vectors, tokenizer).save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def test_words_of_one_meaning_are_near(folder: Path) -> None:
    seen = Likeness(["a", "b"], ["where is my parcel", "a broken lamp"], embedder=StaticEmbeddings(folder))
    assert seen.most_like("the package", limit=1)[0][0] == "a"
    assert seen.most_like("the light", limit=1)[0][0] == "b"


def test_a_text_without_a_known_word_is_like_none(folder: Path) -> None:
    seen = Likeness(["a"], ["where is my parcel"], embedder=StaticEmbeddings(folder))
    assert seen.most_like("zebra", limit=1) == []


def test_a_folder_without_a_model_is_named_and_nothing_is_downloaded(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"There is no model2vec model in {tmp_path / 'none'}"):
        StaticEmbeddings(tmp_path / "none")


def test_a_broken_model_is_named(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"no tensors")
    with pytest.raises(ConfigError, match="cannot be read"):
        StaticEmbeddings(folder)
