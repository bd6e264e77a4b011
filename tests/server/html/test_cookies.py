"""Cookies are read from whatever a browser sends."""

import pytest

from upspiral.server.html.cookies import read_cookie, write_cookie


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (b"a=1; upspiral_theme=dark", "dark"),
        (b"upspiral_theme=dark; upspiral_theme_other=x", "dark"),
        (b"other=1", ""),
        (b"", ""),
        (b"\xff;;;=", ""),
    ],
)
def test_a_cookie_is_found_among_others(header: bytes, value: str) -> None:
    assert read_cookie({"headers": [(b"cookie", header)]}, "upspiral_theme") == value


def test_a_request_without_cookies_has_none() -> None:
    assert read_cookie({"headers": []}, "upspiral_theme") == ""


def test_a_deleted_cookie_ends_at_once() -> None:
    assert "Max-Age=0" in write_cookie({"scheme": "http"}, "a", "", life_s=0)
