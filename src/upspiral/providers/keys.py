"""Which key goes where? By the name of its variable, and only to a host that it was declared for."""

import os
from collections.abc import Mapping

from upspiral.errors import ConfigError
from upspiral.providers.address import Address, parse

USUAL_KEYS: Mapping[str, tuple[str, ...]] = {
    "ANTHROPIC_API_KEY": ("api.anthropic.com",),
    "CEREBRAS_API_KEY": ("api.cerebras.ai",),
    "COHERE_API_KEY": ("api.cohere.com", "api.cohere.ai"),
    "DASHSCOPE_API_KEY": ("dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com"),
    "DEEPINFRA_API_KEY": ("api.deepinfra.com",),
    "DEEPSEEK_API_KEY": ("api.deepseek.com",),
    "FIREWORKS_API_KEY": ("api.fireworks.ai",),
    "GEMINI_API_KEY": ("generativelanguage.googleapis.com",),
    "GOOGLE_API_KEY": ("generativelanguage.googleapis.com",),
    "GROQ_API_KEY": ("api.groq.com",),
    "HF_TOKEN": ("router.huggingface.co", "api-inference.huggingface.co"),
    "MISTRAL_API_KEY": ("api.mistral.ai",),
    "MOONSHOT_API_KEY": ("api.moonshot.ai", "api.moonshot.cn"),
    "NVIDIA_API_KEY": ("integrate.api.nvidia.com",),
    "OPENAI_API_KEY": ("api.openai.com", "eu.api.openai.com", "us.api.openai.com"),
    "OPENROUTER_API_KEY": ("openrouter.ai",),
    "PERPLEXITY_API_KEY": ("api.perplexity.ai",),
    "TOGETHER_API_KEY": ("api.together.xyz", "api.together.ai"),
    "VOYAGE_API_KEY": ("api.voyageai.com",),
    "XAI_API_KEY": ("api.x.ai",),
}
"""The usual variables of the usual providers, each for its provider's own hosts."""


def check_declared(
    variable: str,
    url: str,
    declared: Mapping[str, tuple[str, ...]],
    *,
    usual: Mapping[str, tuple[str, ...]] = USUAL_KEYS,
) -> None:
    """See that a variable may be sent to an endpoint.

    Args:
        variable: Of the environment.
        url: The endpoint's base URL.
        declared: What the settings declare; a variable named there is not taken from the usual ones.
        usual: What the model's provider declares.

    Raises:
        ConfigError: It was not declared for this host; says how to.

    >>> check_declared("OPENAI_API_KEY", "https://api.openai.com/v1", {})
    >>> check_declared("HOME", "https://api.openai.com/v1", {"HOME": ("example.org",)})
    Traceback (most recent call last):
    ...
    upspiral.errors.ConfigError: The environment variable HOME is not declared for the host api.openai.com. \
Declare it in the setting `providers.keys`, such as UPSPIRAL_PROVIDERS_KEYS={"HOME": ["api.openai.com"]}.
    """
    address = parse(url)
    hosts = declared.get(variable, usual.get(variable, ()))
    if any(_covers(host, address) for host in hosts):
        return
    shown = address.url.removesuffix(address.path).removeprefix("https://")
    raise ConfigError(
        f"The environment variable {variable} is not declared for the host {shown}.",
        hint="Declare it in the setting `providers.keys`, such as "
        f'UPSPIRAL_PROVIDERS_KEYS={{"{variable}": ["{shown}"]}}.',
    )


def read_key(
    variable: str | None,
    url: str,
    declared: Mapping[str, tuple[str, ...]],
    *,
    usual: Mapping[str, tuple[str, ...]] = USUAL_KEYS,
    environment: Mapping[str, str] = os.environ,
) -> str | None:
    """Read the key of an endpoint: the only place where one is read.

    Args:
        variable: Of the environment, or in whose place a sealed key stands; None where no key is needed.
        url: The endpoint's base URL.
        declared: What the settings declare.
        usual: What the model's provider declares.
        environment: Keys by the name of their variable.

    Returns:
        The key; None where the endpoint needs none.

    Raises:
        ConfigError: The variable was not declared for this host, or is not set.
    """
    if variable is None:
        return None
    check_declared(variable, url, declared, usual=usual)
    key = environment.get(variable)
    if not key:
        raise ConfigError(
            f"The environment variable {variable} with the key of {parse(url).host} is not set.",
            hint=f"Set {variable} and start again, or seal the key with "
            f"`upspiral keys set-provider {variable}`.",
        )
    return key


def _covers(entry: str, address: Address) -> bool:
    """Say whether a declared host is that of an endpoint.

    Without a scheme it means https, and on loopback http too; without a port the scheme's usual one, and on
    loopback any.

    >>> _covers("llm.internal", parse("http://llm.internal/v1"))
    False
    >>> _covers("127.0.0.1", parse("http://127.0.0.1:8000/v1"))
    True
    """
    scheme, _, rest = entry.rpartition("://")
    declared = parse(f"{scheme or 'https'}://{rest}")
    if declared.host != address.host:
        return False
    loopback = address.host == "localhost" or bool(address.ip and address.ip.is_loopback)
    if scheme and scheme.lower() != address.scheme:
        return False
    if not scheme and address.scheme != "https" and not loopback:
        return False
    has_port = rest.rpartition("]")[2].rpartition(":")[2].isdigit()
    if has_port:
        return declared.port == address.port
    return loopback or address.port == (443 if address.scheme == "https" else 80)
