"""What cannot be translated is refused by name."""

import pytest

from upspiral.errors import InvalidInput
from upspiral.wire.translate.apis import APIS, TITLES, Api, check_refused


@pytest.mark.parametrize("source", APIS)
@pytest.mark.parametrize("target", APIS)
def test_a_refusal_names_everything_and_both_apis(source: Api, target: Api) -> None:
    check_refused([], source, target)
    with pytest.raises(InvalidInput) as told:
        check_refused(["seed", "logit_bias"], source, target)
    for word in ("seed", "logit_bias", TITLES[source], TITLES[target]):
        assert word in str(told.value)
