"""Which keys of providers are there? Those of the environment, and those sealed in the store."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from upspiral.domain.access import SealedKey
from upspiral.providers.sealed import KeySealer
from upspiral.store import Store

MAX_AGE_S = 2.0
"""Sealed keys older than this are read again, so that every server follows a change within it."""


class ProviderKeys(Mapping[str, str]):
    """Keys by the name of their environment variable; one that is set in the environment wins.

    Sealed ones stay sealed in memory too: each is opened as it is asked for.

    Args:
        store: Holds the sealed ones.
        secret: Reads the installation's secret; called when a sealed key is first opened or made.
        environment: Of this process.
        steady: Seconds of a clock that never goes back.
    """

    def __init__(
        self,
        store: Store,
        secret: Callable[[], bytes],
        *,
        environment: Mapping[str, str] = os.environ,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._secret = store, secret
        self._environment, self._steady = environment, steady
        self._rows: dict[str, SealedKey] = {}
        self._read_at: float | None = None

    @cached_property
    def sealer(self) -> KeySealer:
        """What opens and seals them.

        Raises:
            MissingExtra: The package that encrypts is not installed.
        """
        return KeySealer(self._secret())

    def __getitem__(self, name: str) -> str:
        if value := self._environment.get(name):
            return value
        return self.sealer.open(name, self.read_sealed()[name].sealed)

    def __iter__(self) -> Iterator[str]:
        return iter({**self._environment, **self.read_sealed()})

    def __len__(self) -> int:
        return len({**self._environment, **self.read_sealed()})

    def is_in_environment(self, name: str) -> bool:
        """Say whether a variable of that name is set, so that a sealed key of the name is not used."""
        return bool(self._environment.get(name))

    def read_sealed(self) -> Mapping[str, SealedKey]:
        """Give the sealed keys by their names, at most two seconds old."""
        now = self._steady()
        if self._read_at is None or now - self._read_at >= MAX_AGE_S:
            self._rows = {one.name: one for one in self._store.sealed_keys.select()}
            self._read_at = now
        return self._rows

    def reread(self) -> None:
        """Read them again at the next use, as one was changed here."""
        self._read_at = None
