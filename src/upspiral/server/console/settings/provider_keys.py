"""Which keys of model providers are sealed here? They are set and removed, and shown to nobody."""

from collections.abc import Sequence

from upspiral.admin import provider_keys as admin
from upspiral.domain import Scope
from upspiral.domain.access import SealedKey
from upspiral.errors import InvalidInput
from upspiral.server.answers import Answer
from upspiral.server.console.settings.frame import PATH, answer_part, path_of_part
from upspiral.server.console.visit import ConsoleRouter, Form, Visit, Visiting, redirect
from upspiral.server.html.render import moment
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn
from upspiral.server.policy import allows
from upspiral.server.schemas.access import HEADER_VALUE

router = ConsoleRouter()
KEYS = f"{PATH}/provider-keys"
MAX_KEY_CHARS = 4096


def show(visit: Visit) -> Answer[str]:
    """Show the sealed keys by name, to an administrator of the installation."""
    runtime, may_keep = visit.app.runtime, visit.principal.is_installation_admin
    keys = admin.list_provider_keys(runtime) if may_keep else []
    overridden = {one.name for one in keys if runtime.keys.is_in_environment(one.name)}
    return answer_part(
        visit,
        "provider-keys",
        tables=[to_keys(keys, overridden, may_keep=may_keep)],
        may_keep=may_keep,
        names=[one.name for one in keys],
    )


@router.post(KEYS)
@allows(Scope.ADMIN)
def set_provider_key(visit: Visiting, form: Form) -> Answer[str]:
    """Seal a key of a provider under the name of its environment variable."""
    admin.check_may_keep(visit.principal)
    key = form.get("key", "").strip()
    if len(key) > MAX_KEY_CHARS or not HEADER_VALUE.fullmatch(key):
        raise InvalidInput(
            "This cannot be a key: it is empty, too long, or holds signs that fit into no header.",
            hint="Copy it again, without spaces.",
        )
    admin.set_provider_key(visit.app.runtime, form.get("name", "").strip(), key)
    return redirect(path_of_part("provider-keys"), notice="provider-key-set")


@router.post(f"{KEYS}/remove")
@allows(Scope.ADMIN)
def remove_provider_key(visit: Visiting, form: Form) -> Answer[str]:
    """Delete a sealed key; every server stops using it within two seconds."""
    admin.check_may_keep(visit.principal)
    admin.remove_provider_key(visit.app.runtime, form.get("name", ""))
    return redirect(path_of_part("provider-keys"), notice="provider-key-removed")


def to_keys(keys: Sequence[SealedKey], overridden: set[str], *, may_keep: bool) -> DataTable:
    """Give sealed keys as the rows of a table, without the keys themselves.

    Args:
        keys: By name.
        overridden: Names of those in whose place the environment has one.
        may_keep: May the visitor see them?
    """
    return DataTable(
        name="provider_keys",
        caption="Keys of providers",
        columns=(TableColumn("Variable"), TableColumn("Sealed (UTC)"), TableColumn("State", is_long=True)),
        rows=[
            [
                Cell(one.name),
                Cell(moment(one.at)),
                Cell("not used: the server's environment has one", tone="warn")
                if one.name in overridden
                else Cell("used", tone="good"),
            ]
            for one in keys
        ],
        empty=Empty("No key is sealed.", "Seal one above; it is used wherever its variable is named.")
        if may_keep
        else Empty(
            "Only administrators of the installation see them.",
            "Sign in with the local key, or with another of the default workspace with the scope admin.",
        ),
    )
