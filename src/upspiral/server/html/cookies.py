"""What does a browser's cookie hold? Who is signed in, and which theme it likes."""

from http.cookies import CookieError, SimpleCookie

from starlette.types import Scope

SESSION_COOKIE = "upspiral_session"
"""The token of a session."""
VISITOR_COOKIE = "upspiral_visitor"
"""A random text of a browser that is not signed in yet, to which the form of the sign-in page belongs."""
THEME_COOKIE = "upspiral_theme"
YEAR_S = 365 * 24 * 3600


def read_cookie(scope: Scope, name: str) -> str:
    """Give the value of a cookie; empty where there is none."""
    for header, value in scope["headers"]:
        if header == b"cookie":
            try:
                found = SimpleCookie(value.decode("latin-1")).get(name)
            except CookieError:
                return ""
            return found.value if found else ""
    return ""


def write_cookie(scope: Scope, name: str, value: str, *, life_s: int | None = None) -> str:
    """Write the header that sets a cookie; no script reads it, and no other site's page sends it.

    Args:
        scope: Of the request; over https the cookie is sent over https alone.
        name: Of the cookie.
        value: Letters, digits, dashes and underscores.
        life_s: Seconds for which the browser keeps it; None until it is closed, 0 deletes it.

    >>> write_cookie({"scheme": "https"}, "a", "b")
    'a=b; Path=/; HttpOnly; SameSite=Strict; Secure'
    """
    life = "" if life_s is None else f"; Max-Age={life_s}"
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return f"{name}={value}; Path=/{life}; HttpOnly; SameSite=Strict{secure}"
