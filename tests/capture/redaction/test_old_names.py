"""Do the names of the first releases still lead to what they named?"""

import pytest

import upspiral.capture.redaction as redaction


@pytest.mark.parametrize(("old", "new"), redaction.RENAMED.items())
def test_an_old_name_gives_the_new_thing_with_a_warning(old: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=new):
        assert getattr(redaction, old) is getattr(redaction, new)


def test_a_name_that_never_was_is_an_error() -> None:
    with pytest.raises(AttributeError, match="Nothing"):
        redaction.Nothing  # noqa: B018
