"""A form belongs to one browser."""

import pytest

from upspiral.admin.people.sessions import check_form_token, form_token
from upspiral.errors import Forbidden


def test_a_form_of_this_browser_is_taken() -> None:
    check_form_token("secret", form_token("secret"))


@pytest.mark.parametrize(
    ("secret", "given"), [("secret", ""), ("secret", form_token("other")), ("", form_token(""))]
)
def test_a_form_of_another_or_of_no_browser_is_refused(secret: str, given: str) -> None:
    with pytest.raises(Forbidden, match="does not belong"):
        check_form_token(secret, given)
