"""The verifier of an ensemble or a cascade."""

import pytest
from tests.serving.house import House, with_route

pytestmark = pytest.mark.anyio


@with_route(verifier="nobody")
async def test_a_verifier_that_is_not_there_is_told(house: House) -> None:
    await house.agent("anna", "Paris")
    answer = await house.ask("auto:cascade")
    assert answer.status_code == 404
    assert "nobody" in answer.text
    assert house.kept() == {}
    assert house.providers["anna"].calls == []
