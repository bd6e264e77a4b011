"""Keys are found by their hash, and a request with an idempotency key is claimed by one."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.conftest import START

from upspiral.domain import Key, Scope
from upspiral.domain.access import Attempt
from upspiral.domain.ids import DEFAULT_WORKSPACE, KeyId, WorkspaceId
from upspiral.errors import NotFound
from upspiral.store import Store

KEY = Key(
    id=KeyId("key_1"),
    workspace=DEFAULT_WORKSPACE,
    name="shop",
    shown="ups_0a",
    sha256="ab",
    scopes=(Scope.READ,),
    at=START,
)
ATTEMPT = Attempt(
    id="att",
    workspace=DEFAULT_WORKSPACE,
    body_sha256="x",
    at=START,
    owner="first",
    until=START + timedelta(seconds=20),
)


def test_a_key_is_found_by_its_hash_and_says_when_it_was_revoked(any_store: Store) -> None:
    any_store.keys.add(KEY)
    assert any_store.keys.by_hash("ab") == KEY
    assert any_store.keys.by_hash("cd") is None
    any_store.keys.revoke(DEFAULT_WORKSPACE, KEY.id, START)
    found = any_store.keys.by_hash("ab")
    assert found is None or found.revoked == START


def test_a_key_of_another_workspace_cannot_be_revoked(any_store: Store) -> None:
    any_store.keys.add(KEY)
    with pytest.raises(NotFound):
        any_store.keys.revoke(WorkspaceId("other"), KEY.id, START)


def test_of_two_that_claim_one_attempt_the_second_is_told_of_the_first(any_store: Store) -> None:
    attempts = any_store.attempts
    assert attempts.claim(ATTEMPT) is None
    held = attempts.claim(replace(ATTEMPT, owner="second"))
    assert held is not None
    assert held.owner == "first"
    attempts.release(ATTEMPT)
    assert attempts.claim(replace(ATTEMPT, owner="second")) is None


def test_only_its_owner_renews_and_finishes_an_attempt(any_store: Store) -> None:
    attempts = any_store.attempts
    attempts.claim(ATTEMPT)
    later = START + timedelta(seconds=40)
    assert attempts.renew(ATTEMPT, later)
    assert not attempts.renew(replace(ATTEMPT, owner="second"), later)
    assert attempts.finish(replace(ATTEMPT, status=201, answer="{}", until=None))
    assert not attempts.finish(replace(ATTEMPT, owner="second", status=201))
