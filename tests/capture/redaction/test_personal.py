"""Addresses of people and of machines."""

import pytest

from upspiral.capture.redaction import ADDRESSES, PERSONAL_RULES, PatternRedactor
from upspiral.capture.redaction.personal import email

KEY = b"k" * 32
PEOPLE = PatternRedactor(KEY, rules=PERSONAL_RULES)
MACHINES = PatternRedactor(KEY, rules=ADDRESSES)


@pytest.mark.parametrize("address", ["Ann@Example.com", "o'neill+tag@mail.example.co.uk", "jürgen@müller.de"])
def test_an_address_is_found_whole_and_without_its_case(address: str) -> None:
    assert [found for _, _, found in email(address)] == [address.casefold()]


@pytest.mark.parametrize(
    "text", ["logo@2x.png", "user@localhost", "react@18.2.0", "git@github.com:team/repo.git"]
)
def test_files_versions_and_remotes_are_no_addresses(text: str) -> None:
    assert PEOPLE.text(text) is text


def test_one_person_has_one_pseudonym_in_any_writing() -> None:
    written = ("ann@example.com", "ANN@EXAMPLE.COM", "ann%40example.com")
    assert len({PEOPLE.text(one) for one in written}) == 1


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:21f:cb07::1"])
def test_an_address_of_a_machine_is_hidden(address: str) -> None:
    assert address not in MACHINES.text(f"from {address} today")


@pytest.mark.parametrize("text", ["from 127.0.0.1", "at 10:30:00", "version 1.2.3"])
def test_loopback_times_and_versions_are_no_addresses_of_machines(text: str) -> None:
    assert MACHINES.text(text) is text
