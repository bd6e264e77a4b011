"""A change is kept with the name that its key has, in the workspace of the key."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from upspiral.admin.keys import grant_key, to_principal
from upspiral.admin.people.audit import RequestedChange, record_change
from upspiral.app import App
from upspiral.config import load
from upspiral.domain import Scope
from upspiral.domain.ids import WorkspaceId
from upspiral.queries.audit import list_changes


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    with App(load(data=data), nights=False) as opened:
        yield opened


def test_a_change_is_listed_in_its_own_workspace_alone(app: App) -> None:
    other = WorkspaceId("other")
    _, key = grant_key(app.runtime, other, name="anna", scopes=[Scope.OPERATE])
    principal = to_principal(key)
    assert principal is not None
    change = RequestedChange(via="api", action="roll back", path="/api/v1/deployments/rollback")
    record_change(app.runtime, principal, change)
    [kept] = list_changes(app.runtime, other, after=None, limit=10)
    assert (kept.key_name, kept.action, kept.via) == ("anna", "roll back", "api")
    assert list_changes(app.runtime, app.workspace, after=None, limit=10) == []
