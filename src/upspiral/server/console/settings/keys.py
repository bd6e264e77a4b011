"""Who may do what? Keys are made, shown once, and revoked."""

from collections.abc import Sequence

from upspiral.admin.keys import check_may_grant, grant_key, revoke
from upspiral.domain import Key, Scope
from upspiral.domain.ids import KeyId
from upspiral.errors import InvalidInput
from upspiral.queries import workspace as query
from upspiral.server.answers import Answer
from upspiral.server.console.settings.frame import PATH, answer_part, path_of_part
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Form, Visit, Visiting, redirect
from upspiral.server.html.render import moment
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()
ROLES = {
    "viewer": (Scope.READ,),
    "application": (Scope.INGEST, Scope.FEEDBACK, Scope.READ),
    "operator": (Scope.READ, Scope.FEEDBACK, Scope.OPERATE, Scope.MODEL_TRAINING),
    "admin": (Scope.ADMIN,),
}
"""What a new key may be for, and the scopes that it gets."""


def show(visit: Visit, *, new_key: str | None = None) -> Answer[str]:
    """Show the keys of the workspace, and one that was made just now."""
    keys, following = _read_keys(visit)
    return answer_part(
        visit,
        "keys",
        tables=[to_keys(keys, following)],
        roles=list(ROLES),
        open_keys=[(one.id, f"{one.name} ({one.shown})") for one in keys if not one.revoked],
        new_key=new_key,
    )


@router.post(f"{PATH}/keys")
@allows(Scope.ADMIN)
def create_key(visit: Visiting, form: Form) -> Answer[str]:
    """Make a key; this page shows it once, and nothing ever again."""
    name, role = form.get("name", "").strip(), form.get("role", "")
    if not name or role not in ROLES:
        raise InvalidInput("A key needs a name and a role.", hint="Fill in both.")
    check_may_grant(visit.principal, visit.app.workspace, ROLES[role])
    text, _ = grant_key(visit.app.runtime, visit.app.workspace, name=name, scopes=ROLES[role])
    return show(visit, new_key=text)


@router.post(f"{PATH}/keys/revoke")
@allows(Scope.ADMIN)
def revoke_key(visit: Visiting, form: Form) -> Answer[str]:
    """Revoke a key; every process refuses it within two seconds, and its browsers are signed out."""
    revoke(visit.app.runtime, visit.app.workspace, KeyId(form.get("name", "")))
    return redirect(path_of_part("keys"), notice="key-revoked")


def _read_keys(visit: Visit) -> tuple[list[Key], str | None]:
    if not visit.may(Scope.ADMIN):
        return [], None
    return read_page(
        lambda place, n: query.list_keys(visit.app.runtime, visit.app.workspace, after=place, limit=n),
        visit.read_parameter("after"),
        PAGE_ROWS,
    )


def to_keys(keys: Sequence[Key], following: str | None) -> DataTable:
    """Give keys without the keys themselves."""
    return DataTable(
        name="keys",
        caption="Keys",
        columns=(
            TableColumn("Name"),
            TableColumn("Begins with"),
            TableColumn("May", is_long=True),
            TableColumn("Made (UTC)"),
            TableColumn("State"),
        ),
        rows=[
            [
                Cell(one.name),
                Cell(one.shown),
                Cell(", ".join(one.scopes)),
                Cell(moment(one.at)),
                Cell("revoked", tone="bad") if one.revoked else Cell("open", tone="good"),
            ]
            for one in keys
        ],
        empty=Empty("Only administrators see the keys.", "Sign in with a key that has the scope admin."),
        next=following,
    )
