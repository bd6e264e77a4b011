"""Which setting has which value?"""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, SecretStr

from upspiral.config import SECRET_SETTINGS, Settings
from upspiral.server.answers import Answer
from upspiral.server.console.settings.frame import answer_part
from upspiral.server.console.visit import Visit
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn


def show(visit: Visit) -> Answer[str]:
    """Show every setting with its value."""
    return answer_part(visit, "values", tables=[to_values(list(list_values(visit.app.settings)))])


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
        empty=Empty("There is no setting.", "Settings are read from the environment and upspiral.toml."),
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
