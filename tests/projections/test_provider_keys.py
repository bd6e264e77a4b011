"""Keys of providers come from the environment or from the store; every server follows a change."""

from datetime import UTC, datetime

import pytest

from upspiral.domain.access import SealedKey
from upspiral.errors import ConfigError
from upspiral.projections.provider_keys import MAX_AGE_S, ProviderKeys
from upspiral.providers.keys import read_key
from upspiral.store import Store

NAME, URL = "OPENAI_API_KEY", "https://api.openai.com/v1"


def seal(store: Store, keys: ProviderKeys, text: str) -> None:
    sealed = keys.sealer.seal(NAME, text)
    store.sealed_keys.upsert(SealedKey(name=NAME, sealed=sealed, at=datetime(2026, 1, 5, tzinfo=UTC)))


def make(store: Store, environment: dict[str, str], clock: list[float]) -> ProviderKeys:
    return ProviderKeys(store, lambda: b"secret", environment=environment, steady=lambda: clock[0])


def test_another_server_uses_a_new_key_and_drops_a_removed_one_within_two_seconds(any_store: Store) -> None:
    clock = [0.0]
    mine, other = make(any_store, {}, clock), make(any_store, {}, clock)
    assert other.get(NAME) is None
    seal(any_store, mine, "sk-1")
    clock[0] += MAX_AGE_S
    assert read_key(NAME, URL, {}, environment=other) == "sk-1"
    seal(any_store, mine, "sk-2")
    clock[0] += MAX_AGE_S
    assert other[NAME] == "sk-2"
    assert any_store.sealed_keys.drop(NAME)
    clock[0] += MAX_AGE_S
    with pytest.raises(ConfigError, match="is not set"):
        read_key(NAME, URL, {}, environment=other)


def test_a_variable_of_the_environment_wins(store: Store) -> None:
    keys = make(store, {NAME: "sk-of-the-environment"}, [0.0])
    seal(store, keys, "sk-sealed")
    assert (keys[NAME], set(keys), keys.is_in_environment(NAME)) == ("sk-of-the-environment", {NAME}, True)


def test_a_sealed_key_is_sent_to_no_host_that_its_name_is_not_declared_for(store: Store) -> None:
    keys = make(store, {}, [0.0])
    seal(store, keys, "sk-1")
    with pytest.raises(ConfigError, match=r"not declared for the host evil\.example"):
        read_key(NAME, "https://evil.example/v1", {}, environment=keys)
