"""Which models answer, teach and judge, where are they asked, and is their key known?"""

from collections.abc import Sequence

from msgspec import Struct

from upspiral.admin.agent_changes import describe_agents
from upspiral.app import App
from upspiral.queries.workspace import list_agents
from upspiral.server.answers import Answer
from upspiral.server.console.settings.frame import answer_part
from upspiral.server.console.visit import Visit
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn


class ModelInUse(Struct, frozen=True):
    """A model with what it does here."""

    does: str
    """`answers`, `teaches` or `judges`."""
    agent: str
    model: str
    url: str | None
    key_env: str | None


def show(visit: Visit) -> Answer[str]:
    """Show every model that is in use."""
    keys = visit.app.runtime.keys
    return answer_part(visit, "models", tables=[to_models(list_models(visit.app), set(keys))])


def list_models(app: App) -> list[ModelInUse]:
    """Give the models that answer, then those that teach, then the judge."""
    cards = describe_agents(app.runtime, list_agents(app.runtime, app.workspace))
    answering = [ModelInUse("answers", one.id, one.model, one.url, one.key_env) for one in cards]
    teaching = [
        ModelInUse("teaches", one.id, one.teacher, one.teacher_url, one.teacher_key_env)
        for one in cards
        if one.teacher
    ]
    judge = app.settings.judge
    judging = [ModelInUse("judges", "every agent", judge.model or judge.name, judge.url, judge.key_env)]
    return [*answering, *teaching, *(judging if judge.url else [])]


def to_models(models: Sequence[ModelInUse], keys: set[str]) -> DataTable:
    """Give models in use as the rows of a table.

    Args:
        models: Each with what it does.
        keys: Names of the variables whose key is known.
    """
    return DataTable(
        name="models",
        caption="Models",
        columns=(
            TableColumn("Does"),
            TableColumn("For"),
            TableColumn("Model", is_long=True),
            TableColumn("Asked at", is_long=True),
            TableColumn("Variable of its key"),
            TableColumn("Key"),
        ),
        rows=[
            [
                Cell(one.does),
                Cell(one.agent),
                Cell(one.model),
                Cell(one.url or "this machine"),
                Cell(one.key_env or ""),
                _key_cell(one.key_env, keys),
            ]
            for one in models
        ],
        empty=Empty("No model is in use.", "Make an agent with `upspiral agents create`."),
    )


def _key_cell(name: str | None, keys: set[str]) -> Cell:
    if name is None:
        return Cell("needs none", tone="calm")
    return Cell("known", tone="good") if name in keys else Cell("missing", tone="bad")
