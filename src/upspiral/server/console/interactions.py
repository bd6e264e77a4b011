"""What happened? Interactions searched and filtered, and one of them with everything that is known of it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from urllib.parse import urlencode

from upspiral.capture import Explained
from upspiral.domain import Feedback, Interaction, Outcome, Scope, Status
from upspiral.errors import InvalidInput
from upspiral.formatting import money
from upspiral.queries import interactions as query
from upspiral.queries.interactions import InteractionQuestion, Judged
from upspiral.queries.workspace import list_agents
from upspiral.server.answers import Answer
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Visit, Visiting
from upspiral.server.console.words import status_cell
from upspiral.server.deps import path_of
from upspiral.server.html.render import moment
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn, shorten
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()
MAX_SEARCH_HITS = 50
FILTERS = ("agent", "status", "model", "conversation", "end_user", "since", "until")
COLUMNS = (
    TableColumn("When (UTC)"),
    TableColumn("Agent"),
    TableColumn("Question", is_long=True),
    TableColumn("Answer", is_long=True),
    TableColumn("Outcome"),
    TableColumn("Model"),
    TableColumn("Milliseconds", is_number=True),
    TableColumn("Cost", is_number=True),
)
NOTHING_RECORDED = Empty(
    "Nothing is recorded yet.",
    "Point your application at the gateway, send traces, or import a file; each request then stands here.",
    "Look at the API",
    "/docs",
)
NOTHING_FOUND = Empty(
    "Nothing is like that.", "Leave a filter out, or search for other words.", "Show all", "/interactions"
)


@router.get("/interactions")
@allows(Scope.READ)
def list_interactions(visit: Visiting) -> Answer[str]:
    """List Interactions, newest first; or those whose question is most like a text."""
    given = {name: visit.read_parameter(name) for name in FILTERS}
    text = visit.read_parameter("q")
    following = unread = None
    if text:
        rows, unread = _search(visit, text, given["agent"])
    else:
        rows, following = _read(visit, given)
    is_filtered = bool(text) or any(given.values())
    table = list_rows(rows, empty=NOTHING_FOUND if is_filtered else NOTHING_RECORDED, following=following)
    return visit.answer(
        "interactions.html",
        title="Interactions",
        tables=[table],
        text=text or "",
        unread=unread,
        given={name: value or "" for name, value in given.items()},
        agents=[one.id for one in list_agents(visit.app.runtime, visit.app.workspace)],
        statuses=[str(one) for one in Status],
    )


@router.get("/interactions/{interaction}")
@allows(Scope.READ)
def show_interaction(interaction: str, visit: Visiting) -> Answer[str]:
    """Show one Interaction: what was said, what was called, how it went and why, and where it comes from."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    found = query.show_interaction(runtime, workspace, interaction)
    why = query.explain_outcome(runtime, workspace, interaction)
    return visit.answer(
        "interaction.html",
        title="Interaction",
        tables=[list_signals(why), list_steps(found)],
        found=found,
        turn=found.interaction,
        why=why,
        outcome_cell=status_cell(why.outcome),
        facts=list_facts(found.interaction),
    )


def list_rows(rows: Sequence[Judged], *, empty: Empty, following: str | None) -> DataTable:
    """Give Interactions as the rows of a table."""
    return DataTable(
        name="interactions",
        caption="Interactions",
        columns=COLUMNS,
        rows=[_row(turn, outcome) for turn, outcome in rows],
        empty=empty,
        next=following,
    )


def list_signals(why: Explained) -> DataTable:
    """Give every signal of an Interaction, with what it weighs and why."""
    return DataTable(
        name="signals",
        caption="Signals",
        columns=(
            TableColumn("When (UTC)"),
            TableColumn("Source"),
            TableColumn("Rater"),
            TableColumn("Score", is_number=True),
            TableColumn("Weight", is_number=True),
            TableColumn("Said", is_long=True),
            TableColumn("Why it weighs that", is_long=True),
        ),
        rows=[
            [
                Cell(moment(one.signal.at)),
                Cell(one.signal.source),
                Cell(one.signal.rater),
                Cell("" if one.signal.score is None else f"{one.signal.score:g}"),
                Cell(f"{one.weight:g}"),
                Cell(_join_words(one.signal)),
                Cell(one.reason),
            ]
            for one in why.signals
        ],
        empty=Empty("Nobody has rated it.", "Send feedback by the API, or wait for what users do next."),
    )


def list_steps(found: query.InteractionDetails) -> DataTable:
    """Give the steps of the trace around an Interaction."""
    return DataTable(
        name="steps",
        caption="Steps of its trace",
        columns=(
            TableColumn("Step", is_long=True),
            TableColumn("Kind"),
            TableColumn("Milliseconds", is_number=True),
            TableColumn("Error", is_long=True),
        ),
        rows=[
            [Cell(one.name), Cell(one.kind), Cell(f"{one.duration_ms:.0f}"), Cell(one.error or "")]
            for one in found.spans
        ],
        empty=Empty("No steps are known.", "Traces that are sent to /v1/traces show what else happened."),
    )


def list_facts(turn: Interaction) -> list[Cell]:
    """Give what else is known: name and value in turns of two, in the order in which they are read."""
    usage = turn.usage
    facts: list[tuple[str, str | None]] = [
        ("Id", turn.id),
        ("Agent", turn.agent),
        ("When", f"{moment(turn.at)} UTC"),
        ("Model", turn.model),
        ("Version", turn.version),
        ("Deployment", turn.deployment),
        ("Arm", turn.arm),
        ("Conversation", turn.conversation),
        ("Trace", turn.trace),
        ("End user", turn.end_user),
        ("Sender's id", turn.client_id),
        ("Took", f"{turn.latency_ms:.0f} ms"),
        ("Tokens", f"{usage.input_tokens:,} read, {usage.output_tokens:,} written"),
        ("Cost", None if usage.cost is None else money(usage.cost)),
        ("Shown before it", f"{len(turn.shown)} answers of its memory" if turn.shown else None),
        ("May teach a model", "yes" if turn.trainable else "no"),
        *sorted(turn.metadata.items()),
    ]
    return [cell for name, value in facts if value for cell in (Cell(name), _link(name, str(value)))]


def _link(name: str, value: str) -> Cell:
    if name in ("Conversation", "End user"):
        parameter = name.lower().replace(" ", "_")
        return Cell(value, href=f"/interactions?{urlencode({parameter: value})}")
    return Cell(value, href=path_of("/deployments", value)) if name == "Deployment" else Cell(value)


def _row(turn: Interaction, outcome: Outcome | None) -> list[Cell]:
    cost = turn.usage.cost
    answer = f"Error: {turn.error}" if turn.error else turn.answer
    return [
        Cell(moment(turn.at), href=path_of("/interactions", turn.id)),
        Cell(turn.agent),
        shorten(turn.question),
        shorten(answer),
        status_cell(outcome),
        Cell(turn.model),
        Cell(f"{turn.latency_ms:.0f}"),
        Cell("" if cost is None else money(cost)),
    ]


def _search(visit: Visit, text: str, agent: str | None) -> tuple[Sequence[Judged], str | None]:
    runtime, workspace, whose = visit.app.runtime, visit.app.workspace, visit.require_agent(agent)
    found = query.search_interactions(runtime, workspace, text, agent=whose, limit=MAX_SEARCH_HITS)
    return [(one.interaction, one.outcome) for one in found.hits], found.unread


def _read(visit: Visit, given: dict[str, str | None]) -> tuple[Sequence[Judged], str | None]:
    visit.require_agent(given["agent"])
    if given["status"] not in (None, *Status):
        raise InvalidInput(f"No outcome is called {given['status']!r}.", hint="Choose one of the list.")
    wanted = InteractionQuestion(
        named={name: given[name] for name in ("agent", "model", "conversation", "end_user")},
        status=given["status"],
        since=_read_day(given["since"]),
        until=_read_day(given["until"], end=True),
    )
    runtime, workspace = visit.app.runtime, visit.app.workspace
    return read_page(
        lambda place, n: query.list_judged_interactions(runtime, workspace, wanted, after=place, limit=n),
        visit.read_parameter("after"),
        PAGE_ROWS,
        place=lambda row: query.place_of(row[0]),
    )


def _read_day(text: str | None, *, end: bool = False) -> datetime | None:
    """Read a day as its first moment in UTC, or as its last.

    >>> _read_day("2026-01-05")
    datetime.datetime(2026, 1, 5, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{text!r} is no day.", hint="Write it as 2026-01-31.") from error
    return datetime.combine(day, time.max if end else time.min, UTC)


def _join_words(signal: Feedback) -> str:
    said = (signal.label, signal.comment, signal.correction and f"Should have been: {signal.correction}")
    return " · ".join(one for one in said if one)
