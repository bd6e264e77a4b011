"""What of a request is kept in the audit log?"""

from typing import Any

import pytest

from upspiral.server.audit import MAX_READ_BYTES, MAX_VALUE_CHARS, describe_change

SCOPE: dict[str, Any] = {"path": "/api/v1/keys", "headers": []}


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"name": "shop", "scopes": ["read", "ingest"]}', "name: shop, scopes: read, ingest"),
        (b"name=the+shop&form_token=abc", "name: the shop"),
        (b'{"key": "sk-secret", "end_user": "maria"}', ""),
        (b"", ""),
        (b"{not json", ""),
        (b"\xff\xfe", ""),
        (b'{"name": "' + b"x" * MAX_READ_BYTES + b'"}', ""),
    ],
)
def test_only_fields_that_name_what_changed_are_kept(body: bytes, detail: str) -> None:
    assert describe_change(SCOPE, body, action="create key").detail == detail


def test_a_long_value_is_cut() -> None:
    detail = describe_change(SCOPE, b'{"reason": "' + b"y" * 5000 + b'"}', action="roll back").detail
    assert len(detail) < MAX_VALUE_CHARS + 20


def test_a_page_and_the_api_are_told_apart() -> None:
    assert describe_change(SCOPE, b"", action="x").via == "api"
    assert describe_change({**SCOPE, "upspiral_page": True}, b"", action="x").via == "console"
