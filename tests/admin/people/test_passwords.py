"""A password is kept as a hash that is slow to guess, and gives the rights of one key."""

import pytest

from upspiral.admin.keys import grant_key, revoke
from upspiral.admin.people.passwords import (
    MAX_PER_MINUTE,
    PasswordCheck,
    hash_password,
    is_password,
    list_passwords,
    remove_password,
    set_password,
)
from upspiral.app import App
from upspiral.domain import Scope
from upspiral.domain.ids import WorkspaceId
from upspiral.errors import Busy, Conflict, NotFound, Unauthorized

PASSWORD = "correct horse battery staple"
CHEAP = (4, 8, 1)


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that are quick to make."""
    monkeypatch.setattr("upspiral.admin.people.passwords.COST", CHEAP)


def test_the_hash_holds_its_cost_and_not_the_password() -> None:
    kept = hash_password(PASSWORD, b"s" * 16, cost=CHEAP)
    assert PASSWORD not in kept
    assert is_password(PASSWORD, kept)
    assert not is_password(f"{PASSWORD} ", kept)
    assert hash_password(PASSWORD, b"t" * 16, cost=CHEAP) != kept


def test_letters_written_in_two_ways_are_the_same_password() -> None:
    kept = hash_password("un caf\u00e9 cr\u00e8me", b"s" * 16, cost=CHEAP)
    assert is_password("un cafe\u0301 cre\u0300me", kept)


@pytest.mark.long
def test_nobody_signs_in_before_a_password_is_set_and_after_it_is_removed(app: App) -> None:
    check = PasswordCheck(app.runtime)
    _, key = grant_key(app.runtime, app.workspace, name="anna", scopes=[Scope.READ])
    with pytest.raises(Unauthorized):
        check.principal("anna", "")
    set_password(app.runtime, app.workspace, "anna", key=key.id, password=PASSWORD)
    assert check.principal("anna", PASSWORD).key == key.id
    assert PASSWORD not in repr(list_passwords(app.runtime, app.workspace))
    remove_password(app.runtime, app.workspace, "anna")
    with pytest.raises(Unauthorized):
        check.principal("anna", PASSWORD)
    with pytest.raises(NotFound):
        remove_password(app.runtime, app.workspace, "anna")


@pytest.mark.usefixtures("quick_hashes")
def test_a_name_belongs_to_one_workspace_and_a_revoked_key_to_nobody(app: App) -> None:
    other = WorkspaceId("other")
    _, key = grant_key(app.runtime, other, name="anna", scopes=[Scope.READ])
    set_password(app.runtime, other, "anna", key=key.id, password=PASSWORD)
    _, mine = grant_key(app.runtime, app.workspace, name="anna", scopes=[Scope.READ])
    with pytest.raises(Conflict, match="is taken"):
        set_password(app.runtime, app.workspace, "anna", key=mine.id, password=PASSWORD)
    with pytest.raises(NotFound):
        set_password(app.runtime, app.workspace, "ben", key=key.id, password=PASSWORD)
    revoke(app.runtime, app.workspace, mine.id)
    with pytest.raises(Conflict, match="was revoked"):
        set_password(app.runtime, app.workspace, "ben", key=mine.id, password=PASSWORD)


@pytest.mark.usefixtures("quick_hashes")
def test_a_right_password_forgives_wrong_ones_before_it(app: App) -> None:
    check = PasswordCheck(app.runtime)
    _, key = grant_key(app.runtime, app.workspace, name="anna", scopes=[Scope.READ])
    set_password(app.runtime, app.workspace, "anna", key=key.id, password=PASSWORD)
    for _ in range(2):
        for _ in range(MAX_PER_MINUTE - 1):
            with pytest.raises(Unauthorized):
                check.principal("anna", "wrong")
        assert check.principal("anna", PASSWORD)
    for _ in range(MAX_PER_MINUTE):
        with pytest.raises(Unauthorized):
            check.principal("anna", "wrong")
    with pytest.raises(Busy):
        check.principal("anna", PASSWORD)
