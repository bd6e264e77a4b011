"""What can be set about other people's endpoints?"""

import re
from datetime import date

from pydantic import BaseModel, Field, field_validator

from upspiral.providers.address import network_of

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
HOST = re.compile(r"(https?://)?(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.IGNORECASE)


class ProviderSettings(BaseModel, frozen=True):
    """Which keys may be sent where, and which addresses may be asked."""

    keys: dict[str, tuple[str, ...]] = Field(
        {}, description="Environment variables with keys, each with the hosts that it may be sent to."
    )
    allowed_addresses: tuple[str, ...] = Field(
        (), description="Hosts, addresses and networks that may be asked although they are private."
    )
    shutdown_dates: dict[str, date] = Field(
        {},
        description="Models with the day from which they no longer answer, beside those that are known; "
        "agents are warned of it 90 days before.",
    )

    @field_validator("keys")
    @classmethod
    def _are_variables_with_hosts(cls, keys: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for variable, hosts in keys.items():
            if not VARIABLE.fullmatch(variable):
                raise ValueError(f"{variable!r} is no name of an environment variable")
            for host in hosts:
                if not HOST.fullmatch(host):
                    raise ValueError(f"{host!r} is no host; write HOST, HOST:PORT or http://HOST:PORT")
        return keys

    @field_validator("allowed_addresses")
    @classmethod
    def _are_addresses(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            if network_of(one) is None and (not HOST.fullmatch(one) or ":" in one):
                raise ValueError(f"{one!r} is no host, address or network such as 10.0.0.0/8")
        return given
