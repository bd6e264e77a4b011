"""What happened, one by one: list, show and search interactions, and say how one went."""

from typing import Annotated, Any

import typer

from upspiral.cli.api import request, route
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.render import moment
from upspiral.cli.terminal import Markup, say, say_json, say_table, say_text
from upspiral.errors import InvalidInput

Agent = Annotated[str | None, typer.Option(help="Only of this agent.")]
Limit = Annotated[int, typer.Option(help="So many at most.", min=1, max=1000)]
STATUS = {
    "success": Markup("[green]success[/]"),
    "failure": Markup("[red]failure[/]"),
    "unknown": Markup("[dim]not rated[/]"),
}
MAX_QUESTION_CHARS = 60
"""Characters of a question in a table."""


def list_interactions(
    agent: Agent = None,
    status: Annotated[str | None, typer.Option(help="success, failure or unknown.")] = None,
    conversation: Annotated[str | None, typer.Option(help="Only of this conversation.")] = None,
    limit: Limit = 20,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """List interactions, newest first."""
    query: dict[str, Any] = {"agent": agent, "status": status, "conversation": conversation, "limit": limit}
    given = {name: value for name, value in query.items() if value is not None}
    found = request("GET", "/api/v1/interactions", data, database, params=given)
    if json:
        say_json(found)
        return
    if not found["items"]:
        say("Nothing of that kind is recorded.")
        return
    for one in found["items"]:
        _tell_in_short(one)
    if found["next"]:
        say("… and more; `--limit {more}` shows more.", more=10 * limit)


def show_interaction(
    interaction: Annotated[str, typer.Argument(help="Its id.")],
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Show one interaction: what was asked and answered, which tools were called, and how it went."""
    found = request("GET", route("/api/v1/interactions/{}", interaction), data, database)
    if json:
        say_json(found)
        return
    one, outcome = found["interaction"], found["outcome"] or {}
    say("[bold]{id}[/]", id=one["id"])
    say(
        "{at} · {agent} answered with {model} in {ms:.0f} ms · conversation {conversation}",
        at=moment(one["at"]),
        agent=one["agent"],
        model=one["model"],
        ms=one["latency_ms"],
        conversation=one["conversation"],
    )
    for message in one["messages"]:
        say("\n[bold]{role}[/]", role=message["role"])
        say_text(message["content"], indent=2)
    for call in one["tool_calls"]:
        result = call["error"] or call["result"] or ""
        say("\n[bold]tool {name}[/] {arguments}", name=call["name"], arguments=call["arguments"])
        say_text(result, indent=2)
    say("\n[bold]answer[/]")
    say_text(one["answer"] or one["error"] or "", indent=2)
    say(
        "\n{status} {reason}",
        status=STATUS[outcome.get("status", "unknown")],
        reason=outcome.get("reason", ""),
    )
    _tell_feedback(found["feedback"])


def search_interactions(
    text: Annotated[str, typer.Argument(help="A question; those most like it are found.")],
    agent: Agent = None,
    limit: Limit = 10,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Find interactions whose question is most like a text."""
    query = {"text": text, "limit": limit} | ({"agent": agent} if agent else {})
    found = request("GET", "/api/v1/interactions/search", data, database, params=query)
    if json:
        say_json(found)
        return
    if not found["items"]:
        say("Nothing recorded is like it.")
    for one in found["items"]:
        _tell_in_short(one["interaction"], one["outcome"], note=f"{one['similarity']:.0%} alike")


def feedback(
    interaction: Annotated[str, typer.Argument(help="The id of the answer.")],
    thumbs: Annotated[str | None, typer.Option(help="up or down.")] = None,
    rating: Annotated[float | None, typer.Option(help="1 to 5 stars.", min=1, max=5)] = None,
    score: Annotated[float | None, typer.Option(help="0 to 1.", min=0, max=1)] = None,
    correction: Annotated[str | None, typer.Option(help="What should have been said.")] = None,
    comment: Annotated[str | None, typer.Option(help="Why.")] = None,
    rater: Annotated[str | None, typer.Option(help="Who says so; `anonymous` by default.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Say how an answer was."""
    body: dict[str, Any] = {"thumbs": thumbs, "rating": rating, "score": score, "correction": correction}
    body = {name: value for name, value in (body | {"comment": comment}).items() if value is not None}
    if not body:
        raise InvalidInput(
            "Nothing is said about it.", hint="Give --thumbs, --rating, --score or --correction."
        )
    body |= {"rater": rater} if rater else {}
    kept = request("POST", "/api/v1/feedback", data, database, json=body | {"interaction": interaction})
    if json:
        say_json(kept)
        return
    say("Kept. `upspiral explain {id}` says what follows from it.", id=interaction)


def _tell_in_short(one: dict[str, Any], outcome: dict[str, Any] | None = None, *, note: str = "") -> None:
    asked_last = next((m["content"] for m in reversed(one["messages"]) if m["role"] == "user"), "")
    say(
        "[bold]{id}[/] {at} {agent} {status} {note}",
        id=one["id"],
        at=moment(one["at"]),
        agent=one["agent"],
        status=STATUS[outcome["status"]] if outcome else "",
        note=note,
    )
    say(
        "  {question}",
        question=asked_last
        if len(asked_last) <= MAX_QUESTION_CHARS
        else f"{asked_last[:MAX_QUESTION_CHARS]}…",
    )


def _tell_feedback(signals: list[dict[str, Any]]) -> None:
    rows = []
    for one in signals:
        score = "" if one["score"] is None else f"{one['score']:.2f}"
        words = one["correction"] or one["comment"] or one["label"] or ""
        rows.append((one["rater"], one["source"], score, words))
    if rows:
        say_table(("said by", "as", "#score", "words"), rows)


COMMANDS = (list_interactions, show_interaction, search_interactions)
TOP_LEVEL_COMMANDS = (feedback,)
"""Commands that belong to no group."""
