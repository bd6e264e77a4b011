"""Keys go to the hosts that a setting names, and nowhere else."""

import pytest
from pydantic import ValidationError

from upspiral.providers.config import ProviderSettings


@pytest.mark.parametrize(
    "wrong",
    [{"keys": {"not a name": ("x.org",)}}, {"keys": {"KEY": ("no host!",)}}],
)
def test_a_key_without_a_usable_name_or_host_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ProviderSettings(**wrong)


def test_hosts_may_have_a_port_and_a_scheme() -> None:
    keys = {"MY_KEY": ("https://models.example.org:8443", "[2001:db8::1]:80")}
    assert ProviderSettings(keys=keys).keys == keys
