"""How are texts turned into vectors on this machine, without a network and without torch?"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from upspiral.errors import ConfigError, MissingExtra


class StaticEmbeddings:
    """Texts in, vectors out, by a model2vec folder: each token has a vector, a text the mean of its own.

    Args:
        folder: Holds the model, as `StaticModel.save_pretrained` writes it; nothing is ever downloaded.

    Raises:
        MissingExtra: The package is not installed.
        ConfigError: There is no model in the folder.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from model2vec import StaticModel
            from safetensors import SafetensorError
        except ImportError as error:
            raise MissingExtra(
                "A memory is compared by model2vec, but the package is not installed.",
                hint="Run `pip install upspiral[model2vec]`.",
            ) from error
        if not (folder / "config.json").is_file():
            raise ConfigError(
                f"There is no model2vec model in {folder.resolve()}.",
                hint="Give the folder that `StaticModel.save_pretrained` wrote.",
            )
        try:
            self._model = StaticModel.from_pretrained(folder, force_download=False)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise ConfigError(
                f"The model2vec model in {folder.resolve()} cannot be read: {error}",
                hint="Save it again with `StaticModel.save_pretrained`.",
            ) from error

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Give one row for each text, shape (n, size)."""
        made = self._model.encode(list(texts), use_multiprocessing=False)
        return np.asarray(made, dtype=np.float32)
