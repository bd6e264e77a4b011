"""Which models end when, what did comparisons with other models prove, and may another one take over?"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date

from upspiral.admin.agents import ModelSpec, find_defined
from upspiral.admin.migrations.compare import Migration, MigrationOrder, complete_spec, migrate_agent
from upspiral.admin.migrations.history import ComparedMigration, select_migrations
from upspiral.cycle.planning.shutdown import WARNING_DAYS
from upspiral.cycle.planning.shutdown_news import LiveModel, list_live_models
from upspiral.domain import Scope
from upspiral.errors import InvalidInput
from upspiral.formatting import percent
from upspiral.queries import nights
from upspiral.queries.workspace import list_agents
from upspiral.server.answers import Answer
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Form, Visit, Visiting, redirect
from upspiral.server.deps import path_of
from upspiral.server.html.render import moment, words
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()
PATH = "/migration"
MAX_CASES = 20_000
VERDICT_TONES = {"not_worse": "good", "worse": "bad", "inconclusive": "warn"}


@router.get(PATH)
@allows(Scope.READ)
def show_migration(visit: Visiting) -> Answer[str]:
    """Show which models end when, and what comparisons with other models proved."""
    return _answer(visit)


@router.post(PATH)
@allows(Scope.OPERATE)
def start_migration(visit: Visiting, form: Form) -> Answer[str]:
    """Compare an agent's model with another, and roll that one out where it is asked for and not worse."""
    runtime, agent = visit.app.runtime, visit.app.agent(form.get("agent", ""))
    given = ModelSpec(
        form.get("model", "").strip(),
        form.get("url", "").strip() or None,
        form.get("key_env", "").strip() or None,
    )
    if not given.model:
        raise InvalidInput("No model is named.", hint="Write one such as gpt-5.1, or vllm:NAME.")
    spec = complete_spec(runtime, agent, given)
    spec = spec if visit.principal.is_installation_admin else find_defined(runtime, spec)
    order = MigrationOrder(
        cases=read_count(form.get("cases", "")),
        recorded=form.get("recorded") == "yes",
        deploy=form.get("deploy") == "yes",
    )
    made = asyncio.run(migrate_agent(runtime, agent, spec, order=order, begin=visit.app.begin))
    if made.night:
        return redirect(path_of("/nights", made.night), notice="started")
    return _answer(visit, made=made)


def read_count(text: str) -> int:
    """Read on how many conversations a model is tried.

    Raises:
        InvalidInput: It is no such number.

    >>> read_count("200")
    200
    """
    if not text.isdigit() or not 1 <= int(text) <= MAX_CASES:
        raise InvalidInput(
            f"{text!r} is no number of conversations.", hint=f"Write one from 1 to {MAX_CASES:,}."
        )
    return int(text)


def _answer(visit: Visit, *, made: Migration | None = None) -> Answer[str]:
    runtime, workspace = visit.app.runtime, visit.app.workspace
    models, today = list_live_models(runtime, workspace), runtime.now().date()
    reports, following = read_page(
        lambda place, n: nights.list_evaluations(runtime, workspace, agent=None, after=place, limit=n),
        visit.read_parameter("after"),
        PAGE_ROWS,
    )
    found = select_migrations(runtime, workspace, reports)
    return visit.answer(
        "migration.html",
        title="Migration",
        tables=[to_models(models, today), to_verdicts(found, following)],
        agents=[one.id for one in list_agents(runtime, workspace)],
        made=made,
        tone=VERDICT_TONES[made.verdict.outcome] if made else "",
    )


def to_models(models: Sequence[LiveModel], today: date) -> DataTable:
    """Give the model of every agent with when its provider switches it off, the first to end first."""
    return DataTable(
        name="models",
        caption="Models and when they end",
        columns=(
            TableColumn("Agent"),
            TableColumn("Model", is_long=True),
            TableColumn("Switched off on"),
            TableColumn("Days left", is_number=True),
            TableColumn("State"),
        ),
        rows=[
            [
                Cell(one.agent),
                Cell(one.model.name),
                Cell(str(one.ends) if one.ends else "not known"),
                Cell(str(max(0, (one.ends - today).days)) if one.ends else ""),
                _state_of(one.ends, today),
            ]
            for one in sorted(models, key=lambda one: (one.ends or date.max, one.agent))
        ],
        empty=Empty("There is no agent yet.", "Make one with `upspiral agents create`."),
    )


def _state_of(ends: date | None, today: date) -> Cell:
    if ends is None:
        return Cell("no end is known", tone="calm")
    left = (ends - today).days
    if left <= 0:
        return Cell("switched off", tone="bad")
    return Cell("ends soon", tone="warn") if left <= WARNING_DAYS else Cell("goes on", tone="good")


def to_verdicts(found: Iterable[ComparedMigration], following: str | None) -> DataTable:
    """Give what each comparison with another model proved, newest first."""
    return DataTable(
        name="verdicts",
        caption="Comparisons with other models",
        columns=(
            TableColumn("When (UTC)"),
            TableColumn("Agent"),
            TableColumn("From"),
            TableColumn("To"),
            TableColumn("Verdict"),
            TableColumn("Conversations", is_number=True),
            TableColumn("Model now", is_number=True),
            TableColumn("Other model", is_number=True),
            TableColumn("Version"),
            TableColumn("Why", is_long=True),
        ),
        rows=[
            [
                Cell(moment(one.report.at)),
                Cell(one.report.agent),
                Cell(one.from_model),
                Cell(one.to_model),
                Cell(words(one.verdict.outcome), tone=VERDICT_TONES[one.verdict.outcome]),
                Cell(f"{one.report.overall.n:,}"),
                Cell(percent(one.report.overall.incumbent_rate)),
                Cell(percent(one.report.overall.candidate_rate)),
                Cell(one.version),
                Cell(one.verdict.reason),
            ]
            for one in found
        ],
        empty=Empty(
            "No other model was compared yet.",
            "Compare one above: both models answer what went well before, and the verdict stands here.",
        ),
        next=following,
    )
