"""Keys are made, shown once, and recognized by their hash."""

import stat
from pathlib import Path

import pytest
from tests.conftest import START

from upspiral.admin.keys import (
    ApiKeys,
    check_may_grant,
    create_bootstrap_key,
    generate_key,
    is_well_formed,
    key_hash,
    make_key,
)
from upspiral.domain import Scope
from upspiral.domain.access import Principal
from upspiral.domain.ids import DEFAULT_WORKSPACE, KeyId, WorkspaceId
from upspiral.errors import Forbidden, Unauthorized
from upspiral.store import Store

OTHER = WorkspaceId("other")


def test_a_typo_is_told_from_a_key_without_asking_the_store() -> None:
    key = generate_key()
    assert is_well_formed(key)
    for place in range(len(key)):
        wrong = key[:place] + ("A" if key[place] != "A" else "B") + key[place + 1 :]
        assert not is_well_formed(wrong)
    assert len({generate_key() for _ in range(100)}) == 100


def test_only_the_hash_is_stored_and_the_key_is_recognized_by_it(store: Store) -> None:
    text, kept = make_key(store, DEFAULT_WORKSPACE, name="shop", scopes=[Scope.READ], now=START)
    assert kept.sha256 == key_hash(text)
    assert text not in str(store.keys.of(DEFAULT_WORKSPACE))
    found = ApiKeys(store).principal(text)
    assert (found.key, found.workspace, set(found.scopes)) == (kept.id, DEFAULT_WORKSPACE, {Scope.READ})


def test_a_key_that_nobody_made_is_refused(store: Store) -> None:
    with pytest.raises(Unauthorized):
        ApiKeys(store).principal(generate_key())


def test_the_first_key_is_made_once_and_readable_by_its_owner_alone(store: Store, tmp_path: Path) -> None:
    store.workspaces.ensure(DEFAULT_WORKSPACE, START)
    made = create_bootstrap_key(store, tmp_path, now=START)
    assert made
    file = tmp_path / "key"
    assert file.read_text().strip() == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert create_bootstrap_key(store, tmp_path, now=START) is None


@pytest.mark.parametrize(
    ("mine", "workspace", "asked", "allowed"),
    [
        ({Scope.READ, Scope.INGEST}, DEFAULT_WORKSPACE, {Scope.READ}, True),
        ({Scope.READ}, DEFAULT_WORKSPACE, {Scope.OPERATE}, False),
        ({Scope.ADMIN}, OTHER, {Scope.ADMIN}, True),
    ],
)
def test_nobody_makes_a_key_that_is_larger_than_their_own(
    mine: set[Scope], workspace: WorkspaceId, asked: set[Scope], allowed: bool
) -> None:
    maker = Principal(KeyId("k"), DEFAULT_WORKSPACE, frozenset(mine))
    if allowed:
        check_may_grant(maker, workspace, asked)
    else:
        with pytest.raises(Forbidden):
            check_may_grant(maker, workspace, asked)


def test_an_administrator_of_another_workspace_makes_keys_for_that_one_alone() -> None:
    maker = Principal(KeyId("k"), OTHER, frozenset({Scope.ADMIN}))
    check_may_grant(maker, OTHER, {Scope.ADMIN})
    for workspace in (DEFAULT_WORKSPACE, WorkspaceId("third")):
        with pytest.raises(Forbidden, match=r"third|default"):
            check_may_grant(maker, workspace, {Scope.READ})
