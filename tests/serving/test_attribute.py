"""Metadata names a version only by its full name; anything else a sender writes there names none."""

import pytest

from upspiral.serving.attribute import LANGFUSE_PROMPT, find_named_version


@pytest.mark.parametrize(
    ("metadata", "named"),
    [
        ({"prompt": "support@3"}, "support@3"),
        (dict(zip(LANGFUSE_PROMPT, ("org/shop", "2"), strict=True)), "org/shop@2"),
        (dict(zip(LANGFUSE_PROMPT, ("org/shop/text", "2"), strict=True)), "org/shop@2"),
        ({LANGFUSE_PROMPT[0]: "org/shop"}, ""),
        ({}, ""),
    ],
)
def test_a_version_is_named_by_us_or_as_langfuse_names_it(metadata: dict[str, str], named: str) -> None:
    assert find_named_version(metadata) == named
