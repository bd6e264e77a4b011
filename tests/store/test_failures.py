"""What a database refuses is told without the values."""

import pytest
from tests.conftest import START

from upspiral.domain import Key
from upspiral.domain.ids import DEFAULT_WORKSPACE, KeyId
from upspiral.errors import Conflict, StoreError
from upspiral.store import Store


def test_a_database_that_cannot_be_opened_is_named_to_the_operator_only() -> None:
    broken = Store("postgresql://nobody:hunter2@127.0.0.1:1/none")
    with pytest.raises(StoreError) as found:
        broken.interactions.total(DEFAULT_WORKSPACE)
    assert "127.0.0.1" in found.value.detail
    assert "127.0.0.1" not in str(found.value)
    assert "hunter2" not in found.value.detail


def test_a_row_that_is_refused_is_told_by_its_rule_and_never_by_its_values(any_store: Store) -> None:
    key = Key(
        id=KeyId("a secret name"),
        workspace=DEFAULT_WORKSPACE,
        name="n",
        shown="ups_",
        sha256="a secret hash",
        scopes=(),
        at=START,
    )
    any_store.keys.add(key)
    with pytest.raises(Conflict) as found:
        any_store.keys.add(key)
    assert "secret" not in str(found.value)
