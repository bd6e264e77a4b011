"""How does a person get in? With a password or a key, or once with a link; and out again."""

import secrets
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path, Request

from upspiral.admin.keys import open_keyring
from upspiral.admin.people.sessions import BrowserSessions, form_token
from upspiral.app import App
from upspiral.errors import UpspiralError
from upspiral.server.answers import Answer
from upspiral.server.console.visit import (
    ConsoleRouter,
    Form,
    describe_page,
    form_secret,
)
from upspiral.server.errors import status_of
from upspiral.server.html.assets import read_asset
from upspiral.server.html.cookies import (
    SESSION_COOKIE,
    THEME_COOKIE,
    VISITOR_COOKIE,
    YEAR_S,
    read_cookie,
    write_cookie,
)
from upspiral.server.html.render import HEADERS, HTML, THEMES, render
from upspiral.server.policy import allows

router = ConsoleRouter()


@router.get("/sign-in")
@allows()
def show_sign_in(request: Request) -> Answer[str]:
    """Ask who it is, or offer to follow a link, which is used up only by a press of the button."""
    return _ask(request, _read_query(request))


@router.post("/sign-in")
@allows()
def sign_in(request: Request, form: Form) -> Answer[str]:
    """Sign a browser in."""
    try:
        token = _begin(request, form)
    except UpspiralError as error:
        return _ask(request, {**form, "link": ""}, error=error)
    return _go(request, _local_path(form.get("next", "")), session=token)


@router.post("/sign-out")
@allows()
def sign_out(request: Request) -> Answer[str]:
    """Sign a browser out."""
    _sessions(request).end(read_cookie(request.scope, SESSION_COOKIE))
    return _go(request, "/sign-in", session="")


@router.post("/theme")
@allows()
def choose_theme(request: Request, form: Form) -> Answer[str]:
    """Keep which theme a browser likes, and show the page again."""
    theme = form.get("theme", "")
    chosen = theme if theme in THEMES else "auto"
    cookie = write_cookie(request.scope, THEME_COOKIE, chosen, life_s=YEAR_S)
    headers = {**HEADERS, "location": _local_path(form.get("next", "")), "set-cookie": cookie}
    return Answer(b"", 303, headers=headers)


@router.get("/static/{name}")
@allows()
def send_asset(name: Annotated[str, Path(max_length=100)]) -> Answer[str]:
    """Send a file of the pages."""
    asset = read_asset(name)
    headers = {**HEADERS, "cache-control": "public, max-age=31536000, immutable"}
    return Answer(asset.body, headers=headers, media_type=f"{asset.media_type}; charset=utf-8")


def _begin(request: Request, form: Mapping[str, str]) -> str:
    if form.get("link"):
        return _sessions(request).follow_link(form["link"])
    if form.get("name") or form.get("password"):
        return _sessions(request).sign_in(form.get("name", "").strip(), form.get("password", ""))
    app: App = request.app.state.app
    principal = open_keyring(app.runtime).principal(form.get("key", "").strip())
    return _sessions(request).begin(principal)


def _ask(request: Request, given: Mapping[str, str], *, error: UpspiralError | None = None) -> Answer[str]:
    """Show the form; a browser that comes for the first time gets a cookie to which it belongs."""
    headers: dict[str, str] = dict(HEADERS)
    facts: dict[str, Any] = describe_page(request, title="Sign in")
    if not form_secret(request):
        visitor = secrets.token_urlsafe(24)
        headers["set-cookie"] = write_cookie(request.scope, VISITOR_COOKIE, visitor)
        facts["token"] = form_token(visitor)
    body = render(
        "sign_in.html",
        **facts,
        link=given.get("link", ""),
        next=_local_path(given.get("next", "")),
        error=error,
        by_name=given.get("name", ""),
    )
    status = status_of(error)[0] if error else 200
    return Answer(body, status, headers=headers, media_type=HTML)


def _go(request: Request, path: str, *, session: str) -> Answer[str]:
    """Send a browser on with a new session, or with none."""
    cookie = write_cookie(request.scope, SESSION_COOKIE, session, life_s=None if session else 0)
    return Answer(b"", 303, headers={**HEADERS, "location": path, "set-cookie": cookie})


def _local_path(given: str) -> str:
    r"""Give a path of this server; anything that could lead elsewhere leads to the first page.

    >>> _local_path("/nights?a=1"), _local_path("//evil.example"), _local_path("/\\evil.example")
    ('/nights?a=1', '/', '/')
    """
    unsafe = given.startswith("//") or "\\" in given or any(ord(sign) < 33 for sign in given)
    return given if given.startswith("/") and not unsafe and given.isascii() else "/"


def _read_query(request: Request) -> Mapping[str, str]:
    return dict(request.query_params)


def _sessions(request: Request) -> BrowserSessions:
    sessions: BrowserSessions = request.app.state.sessions
    return sessions
