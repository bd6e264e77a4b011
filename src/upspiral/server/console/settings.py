"""How is it set up? Agents and their models, schedules, keys, and every setting with its value."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, SecretStr

from upspiral.admin.agent_changes import AgentCard, describe_agents
from upspiral.admin.keys import check_may_grant, grant_key, revoke
from upspiral.admin.workspaces import set_time_zone
from upspiral.config import SECRET_SETTINGS, Settings
from upspiral.domain import Key, Scope
from upspiral.domain.ids import KeyId
from upspiral.errors import InvalidInput
from upspiral.queries import workspace as query
from upspiral.queries.workspace import RecurringJob
from upspiral.server.answers import Answer
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Form, Visit, Visiting, redirect
from upspiral.server.html.render import moment
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()
PATH = "/settings"
PARTS = (("agents", "Agents"), ("schedules", "Schedules"), ("keys", "Keys"), ("values", "All settings"))
ROLES = {
    "viewer": (Scope.READ,),
    "application": (Scope.INGEST, Scope.FEEDBACK, Scope.READ),
    "operator": (Scope.READ, Scope.FEEDBACK, Scope.OPERATE, Scope.MODEL_TRAINING),
    "admin": (Scope.ADMIN,),
}
"""What a new key may be for, and the scopes that it gets."""


@router.get(PATH)
@allows(Scope.READ)
def show_settings(visit: Visiting) -> Answer[str]:
    """Show how things are set up, a part at a time."""
    return _answer(visit)


@router.post(f"{PATH}/time-zone")
@allows(Scope.ADMIN)
def change_time_zone(visit: Visiting, form: Form) -> Answer[str]:
    """Set the time zone that the nights and schedules of the workspace follow."""
    set_time_zone(visit.app.runtime, visit.app.workspace, form.get("time_zone", "").strip())
    return redirect(f"{PATH}?part=schedules", notice="time-zone")


@router.post(f"{PATH}/schedules")
@allows(Scope.OPERATE)
def run_schedule(visit: Visiting, form: Form) -> Answer[str]:
    """Do now what a schedule does again and again."""
    visit.app.run_routine(form.get("name", ""))
    return redirect(f"{PATH}?part=schedules", notice="schedule-run")


@router.post(f"{PATH}/keys")
@allows(Scope.ADMIN)
def create_key(visit: Visiting, form: Form) -> Answer[str]:
    """Make a key; this page shows it once, and nothing ever again."""
    name, role = form.get("name", "").strip(), form.get("role", "")
    if not name or role not in ROLES:
        raise InvalidInput("A key needs a name and a role.", hint="Fill in both.")
    check_may_grant(visit.principal, visit.app.workspace, ROLES[role])
    text, _ = grant_key(visit.app.runtime, visit.app.workspace, name=name, scopes=ROLES[role])
    return _answer(visit, part="keys", new_key=text)


@router.post(f"{PATH}/keys/revoke")
@allows(Scope.ADMIN)
def revoke_key(visit: Visiting, form: Form) -> Answer[str]:
    """Revoke a key; every process refuses it within two seconds, and its browsers are signed out."""
    revoke(visit.app.runtime, visit.app.workspace, KeyId(form.get("name", "")))
    return redirect(f"{PATH}?part=keys", notice="key-revoked")


def _answer(visit: Visit, *, part: str | None = None, new_key: str | None = None) -> Answer[str]:
    runtime, workspace = visit.app.runtime, visit.app.workspace
    shown = part or visit.read_parameter("part") or "agents"
    if shown not in dict(PARTS):
        raise InvalidInput(f"There is no part {shown!r} of the settings.", hint="Choose one of the tabs.")
    jobs = query.list_schedules(runtime, workspace, visit.app.routines()) if shown == "schedules" else []
    keys, following = _read_keys(visit) if shown == "keys" else ([], None)
    cards = describe_agents(runtime, query.list_agents(runtime, workspace)) if shown == "agents" else []
    values = list(list_values(visit.app.settings)) if shown == "values" else []
    return visit.answer(
        "settings.html",
        title="Settings",
        tables=[to_agents(cards), to_schedules(jobs), to_keys(keys, following), to_values(values)],
        part=shown,
        parts=PARTS,
        roles=list(ROLES),
        jobs=jobs,
        open_keys=[one for one in keys if not one.revoked],
        zone=query.get_time_zone(runtime, workspace),
        new_key=new_key,
    )


def _read_keys(visit: Visit) -> tuple[list[Key], str | None]:
    if not visit.may(Scope.ADMIN):
        return [], None
    return read_page(
        lambda place, n: query.list_keys(visit.app.runtime, visit.app.workspace, after=place, limit=n),
        visit.read_parameter("after"),
        PAGE_ROWS,
    )


def to_agents(cards: Sequence[AgentCard]) -> DataTable:
    """Give agents with what answers for them."""
    return DataTable(
        name="agents",
        caption="Agents",
        columns=(
            TableColumn("Agent"),
            TableColumn("Live version"),
            TableColumn("Model", is_long=True),
            TableColumn("Teacher", is_long=True),
            TableColumn("What it does", is_long=True),
        ),
        rows=[
            [Cell(one.id), Cell(one.version), Cell(one.model), Cell(one.teacher or ""), Cell(one.description)]
            for one in cards
        ],
        empty=Empty("There is no agent yet.", "Make one with `upspiral agents create`."),
    )


def to_schedules(jobs: Sequence[RecurringJob]) -> DataTable:
    """Give what recurs."""
    return DataTable(
        name="schedules",
        caption="Schedules",
        columns=(
            TableColumn("What"),
            TableColumn("How often"),
            TableColumn("Next (UTC)"),
            TableColumn("Last (UTC)"),
            TableColumn("What came of it", is_long=True),
        ),
        rows=[
            [
                Cell(one.name.replace("_", " ")),
                Cell(one.rhythm),
                Cell(moment(one.next) if one.next else "off"),
                Cell(moment(one.last.began) if one.last else "never"),
                Cell(one.last.said if one.last else ""),
            ]
            for one in jobs
        ],
        empty=Empty("Nothing recurs.", "Set schedules in the section schedule of the settings."),
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


def to_values(values: Sequence[tuple[str, str, str]]) -> DataTable:
    """Give every setting with its value and its meaning."""
    return DataTable(
        name="values",
        caption="All settings",
        columns=(
            TableColumn("Setting"),
            TableColumn("Value", is_long=True),
            TableColumn("Meaning", is_long=True),
        ),
        rows=[[Cell(name), Cell(value), Cell(meaning)] for name, value, meaning in values],
        empty=Empty("Choose this tab to see them.", "They are read from the environment and upspiral.toml."),
    )


def list_values(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Give every setting by its dotted name, without the secret ones' values."""
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            for inner, detail in type(value).model_fields.items():
                yield f"{name}.{inner}", _show(inner, getattr(value, inner)), detail.description or ""
        else:
            yield name, _show(name, value), field.description or ""


def _show(name: str, value: Any) -> str:
    """Write the value of a setting; of a secret only whether it is set.

    >>> _show("rank", 16), _show("secret", None), _show("secret", "x")
    ('16', 'not set', 'set, and not shown')
    """
    if value is None:
        return "not set"
    if name in SECRET_SETTINGS or isinstance(value, SecretStr):
        return "set, and not shown"
    return str(value)
