"""Which models serve Upspiral itself? Those that embed texts, name weaknesses and judge answers."""

from pathlib import Path

from upspiral.analyze.similarity_index import Embedder
from upspiral.config import Settings
from upspiral.errors import ConfigError
from upspiral.projections.provider_keys import ProviderKeys
from upspiral.providers.embeddings import EmbeddingEndpoint
from upspiral.providers.keys import read_key
from upspiral.providers.negotiate import RefusalMemory
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.retry import Patience
from upspiral.providers.static_embeddings import StaticEmbeddings


class ServiceModels:
    """Makes them from the settings; nobody is called.

    Args:
        settings: Of the process.
        keys: Those of providers.
        refusals: What models have refused.
    """

    def __init__(self, settings: Settings, keys: ProviderKeys, refusals: RefusalMemory) -> None:
        self._settings, self._keys, self._refusals = settings, keys, refusals

    def embedder(self) -> EmbeddingEndpoint | None:
        """Give what turns texts into vectors; None where words alone are compared."""
        chosen = self._settings.analyze
        if chosen.embeddings_url is None:
            return None
        declared = self._settings.providers.keys
        key = read_key(chosen.embeddings_key_env, chosen.embeddings_url, declared, environment=self._keys)
        return EmbeddingEndpoint(chosen.embeddings_url, chosen.embeddings_model, key)

    def memory_embedder(self, by: str) -> Embedder:
        """Give what turns texts into vectors for a memory that is compared by them.

        Args:
            by: What the memory says, such as ``embedding:text-embedding-3-small`` or ``model2vec:FOLDER``.

        Raises:
            ConfigError: It is not the one that is set, or its folder holds no model.
        """
        kind, _, name = by.partition(":")
        if kind == "model2vec":
            return StaticEmbeddings(Path(name))
        chosen = self._settings.analyze
        endpoint = self.embedder()
        if endpoint is None or by != f"embedding:{chosen.embeddings_model}":
            raise ConfigError(
                f"A memory is compared by {by!r}, and that embedder is not set.",
                hint="Set analyze.embeddings_url and analyze.embeddings_model to it, or build it again.",
            )
        return endpoint

    def namer(self) -> OpenAICompatible | None:
        """Give the model that names weaknesses; None where their own words do."""
        chosen = self._settings.analyze
        if chosen.naming_url is None:
            return None
        declared = self._settings.providers.keys
        key = read_key(chosen.naming_key_env, chosen.naming_url, declared, environment=self._keys)
        return OpenAICompatible(
            "naming",
            chosen.naming_url,
            chosen.naming_model,
            key,
            timeout_s=20,
            patience=Patience(2),
            memory=self._refusals,
        )

    def judge(self) -> OpenAICompatible:
        """Give the model that judges answers.

        Raises:
            ConfigError: None is set.
        """
        chosen = self._settings.judge
        if chosen.url is None or not chosen.model:
            raise ConfigError(
                "No judge is set: judge.url or judge.model is empty.",
                hint="Set both; or choose another evaluate.scorer, and set judge.daily_calls to 0.",
            )
        key = read_key(chosen.key_env, chosen.url, self._settings.providers.keys, environment=self._keys)
        return OpenAICompatible("judge", chosen.url, chosen.model, key, memory=self._refusals)
