"""Who may do what."""

import pytest

from upspiral.domain import Scope
from upspiral.domain.access import Principal
from upspiral.domain.ids import DEFAULT_WORKSPACE, KeyId, WorkspaceId


def _holder(*scopes: Scope, workspace: WorkspaceId = DEFAULT_WORKSPACE) -> Principal:
    return Principal(KeyId("k"), workspace, frozenset(scopes))


@pytest.mark.parametrize("scope", list(Scope))
def test_an_administrator_may_do_everything_and_a_key_without_scopes_nothing(scope: Scope) -> None:
    assert _holder(Scope.ADMIN).may(scope)
    assert not _holder().may(scope)


@pytest.mark.parametrize("granted", [one for one in Scope if one is not Scope.ADMIN])
def test_a_scope_grants_itself_and_no_other(granted: Scope) -> None:
    assert [scope for scope in Scope if _holder(granted).may(scope)] == [granted]


def test_only_the_administrator_of_the_default_workspace_administers_the_installation() -> None:
    assert _holder(Scope.ADMIN).is_installation_admin
    assert not _holder(Scope.ADMIN, workspace=WorkspaceId("other")).is_installation_admin
    assert not _holder(Scope.OPERATE).is_installation_admin
