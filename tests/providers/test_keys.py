"""Which key is sent where."""

import pytest

from upspiral.config import load
from upspiral.errors import ConfigError
from upspiral.providers.keys import USUAL_KEYS, read_key

HERE = {name: f"secret of {name}" for name in USUAL_KEYS} | {"STRIPE": "s", "PATH": "/bin", "MY_KEY": "m"}


@pytest.mark.parametrize(("variable", "hosts"), USUAL_KEYS.items())
def test_the_usual_keys_go_to_their_providers_and_nowhere_else(variable: str, hosts: tuple[str, ...]) -> None:
    for host in hosts:
        assert read_key(variable, f"https://{host}/v1", {}, environment=HERE) == HERE[variable]
        for wrong in (
            f"http://{host}/v1",
            f"https://{host}:8443/v1",
            f"https://{host}.evil.example/v1",
            f"https://evil-{host}/v1",
            "https://evil.example/v1",
            "http://127.0.0.1:8875/v1",
        ):
            with pytest.raises(ConfigError, match="not declared"):
                read_key(variable, wrong, {}, environment=HERE)


@pytest.mark.parametrize("variable", ["STRIPE", "PATH", "NOT_THERE", "openai_api_key", ""])
def test_a_variable_that_nobody_declared_is_not_read_and_not_told(variable: str) -> None:
    with pytest.raises(ConfigError, match="not declared"):
        read_key(variable, "https://api.openai.com/v1", {}, environment=HERE)


@pytest.mark.parametrize(
    ("entry", "may", "may_not"),
    [
        ("llm.example", "https://llm.example/v1", "http://llm.example/v1"),
        ("llm.example", "https://llm.example:443", "https://llm.example:8443"),
        ("llm.example:8443", "https://llm.example:8443", "https://llm.example"),
        ("http://10.0.0.5:8000", "http://10.0.0.5:8000/v1", "https://10.0.0.5:8000/v1"),
        ("127.0.0.1", "http://127.0.0.1:8000/v1", "http://127.0.0.2:8000/v1"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000/v1", "http://127.0.0.1:8001/v1"),
        ("localhost", "http://localhost:1/v1", "http://localhost.evil.example:1/v1"),
        ("[::1]:8000", "http://[::1]:8000/v1", "http://[::1]:8001/v1"),
    ],
)
def test_a_declared_key_goes_to_its_host_only(entry: str, may: str, may_not: str) -> None:
    assert read_key("MY_KEY", may, {"MY_KEY": (entry,)}, environment=HERE) == "m"
    with pytest.raises(ConfigError, match="not declared"):
        read_key("MY_KEY", may_not, {"MY_KEY": (entry,)}, environment=HERE)


def test_a_declaration_replaces_the_usual_hosts_of_a_variable() -> None:
    declared = {"OPENAI_API_KEY": ("proxy.example",)}
    assert read_key("OPENAI_API_KEY", "https://proxy.example/v1", declared, environment=HERE)
    with pytest.raises(ConfigError, match="not declared"):
        read_key("OPENAI_API_KEY", "https://api.openai.com/v1", declared, environment=HERE)


def test_a_declared_key_that_is_not_set_is_named() -> None:
    with pytest.raises(ConfigError, match=r"OPENAI_API_KEY with the key of api\.openai\.com is not set"):
        read_key("OPENAI_API_KEY", "https://api.openai.com/v1", {}, environment={})


def test_keys_are_declared_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPSPIRAL_PROVIDERS_KEYS", '{"MY_KEY": ["llm.example"]}')
    monkeypatch.setenv("UPSPIRAL_PROVIDERS_ALLOWED_ADDRESSES", '["10.0.0.0/8"]')
    found = load().providers
    assert found.keys == {"MY_KEY": ("llm.example",)}
    assert found.allowed_addresses == ("10.0.0.0/8",)


@pytest.mark.parametrize("keys", ['{"MY KEY": ["a"]}', '{"A": ["https://a/v1"]}', '{"A": ["a b"]}'])
def test_a_declaration_that_cannot_be_read_is_refused(keys: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPSPIRAL_PROVIDERS_KEYS", keys)
    with pytest.raises(ConfigError, match="providers"):
        load()
