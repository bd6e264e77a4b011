"""What a database refuses is told without the values."""

import pytest

from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.errors import StoreError
from upspiral.store import Store


def test_a_database_that_cannot_be_opened_is_named_to_the_operator_only() -> None:
    broken = Store("postgresql://nobody:hunter2@127.0.0.1:1/none")
    with pytest.raises(StoreError) as found:
        broken.interactions.total(DEFAULT_WORKSPACE)
    assert "127.0.0.1" in found.value.detail
    assert "127.0.0.1" not in str(found.value)
    assert "hunter2" not in found.value.detail
