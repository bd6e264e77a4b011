"""Providers are known by their names."""

import pytest

from upspiral.errors import ConfigError
from upspiral.plugin_kinds import PROVIDER
from upspiral.providers.base import Connection
from upspiral.providers.built_in import find_provider
from upspiral.providers.keys import USUAL_KEYS


@pytest.mark.parametrize("name", PROVIDER.list_names())
def test_every_name_that_is_listed_is_found_and_knows_where_its_keys_may_go(name: str) -> None:
    assert find_provider(name).key_hosts == USUAL_KEYS


def test_an_endpoint_is_described_without_asking_it() -> None:
    made = find_provider("openai-compatible").connect(
        Connection(name="m", url="http://127.0.0.1:9/v1", key="sk-1")
    )
    assert made.url == "http://127.0.0.1:9/v1"


def test_a_name_that_nobody_brought_is_told() -> None:
    with pytest.raises(ConfigError, match="openai-compatibl"):
        find_provider("openai-compatibl")
