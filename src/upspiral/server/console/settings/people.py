"""Who signs in here, and with what? One's own browsers and password, and the passwords of others."""

from collections.abc import Mapping, Sequence

from upspiral.admin.people import passwords as admin
from upspiral.admin.people.audit import RequestedChange, record_change
from upspiral.admin.people.sessions import BrowserSessions
from upspiral.domain import Scope
from upspiral.domain.access import Password, Session
from upspiral.domain.ids import KeyId
from upspiral.queries import workspace as query
from upspiral.server.answers import Answer
from upspiral.server.console.settings.frame import PATH, answer_part, path_of_part
from upspiral.server.console.visit import ConsoleRouter, Form, Visit, Visiting, redirect
from upspiral.server.html.render import moment
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn
from upspiral.server.policy import allows

router = ConsoleRouter()
MAX_KEYS = 200
"""So many of the newest keys may be chosen from."""


def show(visit: Visit) -> Answer[str]:
    """Show where the visitor is signed in, and to an administrator who has a password."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    known = admin.list_passwords(runtime, workspace)
    is_admin = visit.may(Scope.ADMIN)
    keys = query.list_keys(runtime, workspace, after=None, limit=MAX_KEYS) if is_admin else []
    return answer_part(
        visit,
        "people",
        tables=[
            to_sessions(_sessions(visit).list_open(visit.principal)),
            to_passwords(known if is_admin else [], {one.id: one.name for one in keys}),
        ],
        own=next((one.name for one in known if one.key == visit.principal.key), ""),
        names=[one.name for one in known],
        open_keys=[(one.id, f"{one.name} ({one.shown})") for one in keys if not one.revoked],
    )


@router.post(f"{PATH}/own-password")
@allows(Scope.READ)
def set_own_password(visit: Visiting, form: Form) -> Answer[str]:
    """Set the visitor's own password; every browser of the key, this one too, has to sign in again."""
    made = admin.set_own_password(
        visit.app.runtime, visit.principal, form.get("name", "").strip(), form.get("password", "")
    )
    _record(visit, "set own password", f"name: {made.name}")
    _sessions(visit).end_all(visit.principal)
    return redirect("/sign-in")


@router.post(f"{PATH}/sign-out-everywhere")
@allows(Scope.READ)
def sign_out_everywhere(visit: Visiting) -> Answer[str]:
    """Sign every browser out that signed in with the visitor's key, this one too."""
    ended = _sessions(visit).end_all(visit.principal)
    _record(visit, "sign out everywhere", f"browsers: {ended}")
    return redirect("/sign-in")


@router.post(f"{PATH}/passwords")
@allows(Scope.ADMIN)
def set_password(visit: Visiting, form: Form) -> Answer[str]:
    """Let a person sign in by a password, with the rights of a key."""
    runtime, key = visit.app.runtime, KeyId(form.get("key", ""))
    name, password = form.get("name", "").strip(), form.get("password", "")
    admin.set_password(runtime, visit.app.workspace, name, key=key, password=password)
    return redirect(path_of_part("people"), notice="password-set")


@router.post(f"{PATH}/passwords/remove")
@allows(Scope.ADMIN)
def remove_password(visit: Visiting, form: Form) -> Answer[str]:
    """Take a person's password away; the person is signed out."""
    admin.remove_password(visit.app.runtime, visit.app.workspace, form.get("name", ""))
    return redirect(path_of_part("people"), notice="password-removed")


def _sessions(visit: Visit) -> BrowserSessions:
    sessions: BrowserSessions = visit.request.app.state.sessions
    return sessions


def _record(visit: Visit, action: str, detail: str) -> None:
    """Write down what people change about themselves, for which they need no right."""
    change = RequestedChange(via="console", action=action, path=visit.request.url.path, detail=detail)
    record_change(visit.app.runtime, visit.principal, change)


def to_sessions(sessions: Sequence[Session]) -> DataTable:
    """Give the browsers that are signed in with the visitor's key."""
    return DataTable(
        name="sessions",
        caption="Your browsers",
        columns=(TableColumn("Signed in (UTC)"), TableColumn("Until (UTC)")),
        rows=[[Cell(moment(one.at)), Cell(moment(one.expires))] for one in sessions],
        empty=Empty("No browser is signed in.", "Sign in again."),
    )


def to_passwords(passwords: Sequence[Password], keys: Mapping[KeyId, str]) -> DataTable:
    """Give who signs in by a password, and with the rights of which key."""
    return DataTable(
        name="passwords",
        caption="People with a password",
        columns=(TableColumn("Name"), TableColumn("Rights of key"), TableColumn("Set (UTC)")),
        rows=[[Cell(one.name), Cell(keys.get(one.key, one.key)), Cell(moment(one.at))] for one in passwords],
        empty=Empty("Nobody has a password.", "Set one above, or with `upspiral keys set-password NAME`."),
    )
