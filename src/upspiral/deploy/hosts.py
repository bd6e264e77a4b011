"""Where does a ModelVersion answer? Its host is started and its adapter loaded when first asked for."""

import os
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from msgspec import Struct

from upspiral.deploy.config import DeploySettings
from upspiral.deploy.local_host import LocalHost
from upspiral.domain import LOCAL_HOST, ModelVersion
from upspiral.errors import ConfigError
from upspiral.providers.built_in import find_provider
from upspiral.providers.config import ProviderSettings
from upspiral.providers.keys import read_key


class HostEndpoint(Struct, frozen=True):
    """An OpenAI-compatible endpoint and the model's name there."""

    url: str
    """Up to and including ``/v1``."""
    model: str
    key: str | None = None


class Hosts:
    """Every host of this process."""

    def __init__(
        self,
        *,
        settings: DeploySettings,
        providers: ProviderSettings,
        logs: Path,
        keys: Mapping[str, str] = os.environ,
    ) -> None:
        """Describe what may be started; nothing is yet.

        Args:
            settings: Of hosts of ours.
            providers: Which key may be sent where.
            logs: The folder of their logs.
            keys: Keys of providers by the name of their variable.
        """
        self._settings = settings
        self._providers, self._keys = providers, keys
        self._logs = logs
        self._local: dict[str, LocalHost] = {}
        self._lock = Lock()

    def is_ready(self, version: ModelVersion) -> bool:
        """Say whether `endpoint` would answer at once."""
        if version.host != LOCAL_HOST:
            return True
        host = self._local.get(version.base or "")
        return host is not None and host.is_ready(version.name if version.adapter else None)

    def endpoint(self, version: ModelVersion) -> HostEndpoint:
        """Make a version answerable and say where.

        Raises:
            HostError: Its host does not start or refuses the adapter.
            ConfigError: A setting of the version is missing, or its key may not be sent there.
        """
        if version.host != LOCAL_HOST:
            return _remote_endpoint(version, self._providers, self._keys)
        host = self._of(version)
        if not version.adapter:
            return HostEndpoint(f"{host.ensure()}/v1", "base")
        return HostEndpoint(f"{host.ensure(version.name, Path(version.adapter))}/v1", version.name)

    def forget(self, version: ModelVersion) -> None:
        """Unload a version that no longer answers anyone."""
        if version.host == LOCAL_HOST and version.adapter:
            self._of(version).forget(version.name)

    def close(self) -> None:
        """Stop every child process."""
        for host in self._local.values():
            host.close()

    def _of(self, version: ModelVersion) -> LocalHost:
        base = version.base
        if not base:
            raise ConfigError(
                f"Model version {version.name!r} names no base folder.", hint="Create the agent again."
            )
        with self._lock:
            if base not in self._local:
                log = self._logs / f"host-{Path(base).name}.log"
                self._local[base] = LocalHost(Path(base), settings=self._settings, log=log)
            return self._local[base]


def _remote_endpoint(
    version: ModelVersion, providers: ProviderSettings, keys: Mapping[str, str]
) -> HostEndpoint:
    if not version.url:
        raise ConfigError(f"Model version {version.name!r} names no URL.", hint="Create it again with --url.")
    key = None
    if version.key_env:
        usual = find_provider(version.host).key_hosts
        key = read_key(version.key_env, version.url, providers.keys, usual=usual, environment=keys)
    return HostEndpoint(version.url.rstrip("/"), version.name, key)
