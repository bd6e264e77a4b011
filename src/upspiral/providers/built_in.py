"""Which providers does Upspiral know by itself? Whoever speaks OpenAI's API, wherever it is."""

from upspiral.plugin_kinds import PROVIDER
from upspiral.providers.base import Connection, Provider
from upspiral.providers.keys import USUAL_KEYS
from upspiral.providers.upstream import Upstream


@PROVIDER.register("vllm")
@PROVIDER.register("openai-compatible")
class OpenAICompatibleProvider:
    """An endpoint that speaks OpenAI's API over HTTP; Anthropic's own path is spoken as it is."""

    default_url = None
    key_hosts = USUAL_KEYS

    def connect(self, connection: Connection) -> Upstream:
        """See `Provider`."""
        return Upstream(
            connection.name,
            connection.url,
            key=connection.key,
            timeout_s=connection.timeout_s,
            patience=connection.patience,
            reach=connection.reach,
        )


def find_provider(name: str) -> Provider:
    """Give the provider of a name.

    Raises:
        ConfigError: There is none.

    >>> find_provider("vllm").default_url is None
    True
    """
    made: Provider = PROVIDER.get(name)()
    return made
