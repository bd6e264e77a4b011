"""What does the handler of a page get, and how does it answer? Who looks, the app for them, and a form."""

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Request
from msgspec import Struct, structs

from upspiral.admin.agents import require_agent
from upspiral.admin.keys import name_key
from upspiral.admin.people.sessions import check_form_token, form_token
from upspiral.app import App
from upspiral.domain import Principal, Scope
from upspiral.domain.ids import AgentId
from upspiral.errors import InvalidInput
from upspiral.plugin_kinds import PluginKind
from upspiral.server.answers import Answer, TypedRouter
from upspiral.server.deps import Asking, CallerApp
from upspiral.server.html.cookies import SESSION_COOKIE, THEME_COOKIE, VISITOR_COOKIE, read_cookie
from upspiral.server.html.render import HEADERS, HTML, THEMES, render
from upspiral.server.html.tables import DataTable, write_csv
from upspiral.server.policy import Policy

FORM_FIELD = "form_token"
MAX_FORM_BYTES = 64_000
PAGE_ROWS = 50
"""Rows of one page of a list."""
NOTICE = "notice"
"""The query parameter in which an answered form says what was done."""
NOTICES = {
    "agent-changed": "The agent was changed.",
    "approved": "The text is approved: it competes in the next night.",
    "cancelled": "The night was ended.",
    "decided": "The gate was asked.",
    "key-revoked": "The key was revoked.",
    "labeled": "The label is kept.",
    "learned": "The learning cycle has run.",
    "password-removed": "The password was removed.",
    "password-set": "The password was set.",
    "provider-key-removed": "The key was removed.",
    "provider-key-set": "The key is sealed.",
    "refused": "The text is refused: it is not drafted again.",
    "rolled-back": "The version was rolled back.",
    "schedule-changed": "The schedule was changed.",
    "schedule-run": "The schedule was run.",
    "started": "The night has begun.",
    "time-zone": "The time zone was changed.",
    "webhook-removed": "The webhook was removed.",
}


class NavItem(Struct, frozen=True):
    """One entry of the navigation."""

    name: str
    path: str


NAVIGATION: tuple[tuple[str, tuple[NavItem, ...]], ...] = (
    ("", (NavItem("Loop", "/"),)),
    (
        "Watch",
        (
            NavItem("Interactions", "/interactions"),
            NavItem("Quality", "/quality"),
            NavItem("Weaknesses", "/weaknesses"),
            NavItem("Trust", "/trust"),
            NavItem("Learning", "/learning"),
            NavItem("Routing", "/routing"),
        ),
    ),
    (
        "Improve",
        (
            NavItem("Nights", "/nights"),
            NavItem("Levers", "/levers"),
            NavItem("Labels", "/labels"),
            NavItem("Training", "/training"),
            NavItem("Deployments", "/deployments"),
            NavItem("Migration", "/migration"),
        ),
    ),
    ("Run", (NavItem("Cost", "/cost"), NavItem("Settings", "/settings"), NavItem("Audit log", "/audit"))),
)


class ConsoleRouter(TypedRouter):
    """Routes that answer a signed-in browser with a page; what a form changes needs the token of its page."""

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Add a page, or what a form of it is sent to."""
        policy: Policy = endpoint.policy  # type: ignore[attr-defined]
        writes = "POST" in options.get("methods", ())
        endpoint.policy = structs.replace(  # type: ignore[attr-defined]
            policy, is_page=True, max_body=MAX_FORM_BYTES if writes else policy.max_body
        )
        if writes:
            options["dependencies"] = [*(options.get("dependencies") or ()), Depends(_check_form)]
        super().add_api_route(path, endpoint, **options | {"include_in_schema": False})


def form_secret(request: Request) -> str:
    """Give what the forms of a browser are tied to: its session, or its visit before that."""
    return read_cookie(request.scope, SESSION_COOKIE) or read_cookie(request.scope, VISITOR_COOKIE)


async def read_form(request: Request) -> Mapping[str, str]:
    """Read the fields that a form sent."""
    text = (await request.body()).decode("utf-8", errors="replace")
    return dict(parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="replace"))


async def _check_form(request: Request) -> None:
    form = await read_form(request)
    check_form_token(form_secret(request), form.get(FORM_FIELD, ""))


Form = Annotated[Mapping[str, str], Depends(read_form)]
"""The fields that a form sent."""


class Visit(Struct, frozen=True):
    """Somebody who looks at a page."""

    app: App
    request: Request
    principal: Principal

    @property
    def who(self) -> str:
        """Give the name of the key with which the visitor signed in."""
        return name_key(self.app.runtime, self.app.workspace, self.principal.key)

    @property
    def role(self) -> str:
        """Say what the visitor may do, in one word: admin, operator or viewer.

        >>> from unittest.mock import Mock
        >>> from upspiral.domain.ids import DEFAULT_WORKSPACE, KeyId
        >>> reader = Principal(KeyId("key"), DEFAULT_WORKSPACE, frozenset({Scope.READ}))
        >>> Visit(Mock(), Mock(), reader).role
        'viewer'
        """
        if self.may(Scope.ADMIN):
            return "admin"
        return "operator" if self.may(Scope.OPERATE) else "viewer"

    def may(self, scope: Scope) -> bool:
        """Say whether the visitor may do that."""
        return self.principal.may(scope)

    def read_parameter(self, name: str) -> str | None:
        """Give a parameter of the address; None where it is left out or empty."""
        return self.request.query_params.get(name, "").strip() or None

    def require_agent(self, name: str | None) -> AgentId | None:
        """Give the id of an agent that the address names; None where it names none.

        Raises:
            NotFound: There is no such agent.
        """
        return require_agent(self.app.runtime, self.app.workspace, name) if name else None

    def answer(
        self, template: str, *, title: str, tables: Sequence[DataTable] = (), **values: Any
    ) -> Answer[str]:
        """Answer with a page, or with one of its tables as CSV where `csv` names it.

        Args:
            template: Its name.
            title: Of the page.
            tables: Its tables, by which the template finds them: ``tables.NAME``.
            **values: What else the template shows.
        """
        wanted = self.request.query_params.get("csv")
        for table in tables:
            if table.name == wanted:
                return _answer_csv(table)
        body = render(
            template,
            **describe_page(self.request, title=title),
            role=self.role,
            who=self.who,
            may_operate=self.may(Scope.OPERATE),
            may_label=self.may(Scope.OPERATE) or self.may(Scope.FEEDBACK),
            may_administer=self.may(Scope.ADMIN),
            navigation=NAVIGATION,
            notice=NOTICES.get(self.request.query_params.get(NOTICE, "")),
            tables=SimpleNamespace(**{table.name: table for table in tables}),
            address=self.address,
            **values,
        )
        return Answer(body, headers=dict(HEADERS), media_type=HTML)

    def address(self, **changed: str | None) -> str:
        """Give the address of this page with some parameters changed; None leaves one out."""
        given = {name: value for name, value in self.request.query_params.items() if name != NOTICE}
        kept = {name: value for name, value in {**given, **changed}.items() if value}
        return f"{self.request.url.path}?{urlencode(kept)}" if kept else self.request.url.path


def read_plugin(kind: PluginKind, name: str) -> str:
    """Give the name of a plug-in that somebody chose.

    Raises:
        InvalidInput: There is none of that name; says which there are.
    """
    try:
        return kind.check_name(name)
    except ValueError as error:
        raise InvalidInput(f"{error}", hint=f"There are {', '.join(kind.list_names())}.") from error


def describe_page(request: Request, *, title: str) -> dict[str, Any]:
    """Give what every page shows, whoever looks at it."""
    theme = read_cookie(request.scope, THEME_COOKIE)
    return {
        "title": title,
        "path": request.url.path,
        "theme": theme if theme in THEMES else "auto",
        "themes": THEMES,
        "form_field": FORM_FIELD,
        "token": form_token(form_secret(request)),
    }


def redirect(path: str, *, notice: str | None = None) -> Answer[str]:
    """Send a browser on, after a form was answered.

    Args:
        path: On this server.
        notice: One of `NOTICES`: what was done.
    """
    sign = "&" if "?" in path else "?"
    place = f"{path}{sign}{NOTICE}={notice}" if notice else path
    return Answer(b"", 303, headers={**HEADERS, "location": place})


def _answer_csv(table: DataTable) -> Answer[str]:
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{table.name}.csv"'}
    return Answer(write_csv(table).encode(), headers=headers, media_type="text/csv; charset=utf-8")


def _visit(request: Request, app: CallerApp, asking: Asking) -> Visit:
    return Visit(app, request, asking)


Visiting = Annotated[Visit, Depends(_visit)]
