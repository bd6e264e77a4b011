"""Which of two answers is better? A person says it, key by key, and asks the gate once enough is said."""

import getpass
import json as json_module
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from upspiral.cli.api import Api, door, route, run
from upspiral.cli.keyboard import ask_key, open_keyboard
from upspiral.cli.label_answers import judge_answers
from upspiral.cli.options import AgentName, Data, Database, Json
from upspiral.cli.terminal import say, say_json, say_table, say_text
from upspiral.domain.judgment.blinding import flips, to_better
from upspiral.errors import InvalidInput, NotFound
from upspiral.formatting import number_of, percent

KEYS = {"1": "first", "2": "second", "t": "tie", "s": "skip", "q": "quit"}
"""What a key means while a pair is shown."""
MAX_SHOWN_DISAGREEMENTS = 10


def label(
    agent: AgentName,
    rater: Annotated[str | None, typer.Option(help="Your name; by default that of this login.")] = None,
    export: Annotated[Path | None, typer.Option(help="Write pairs and labels as JSONL, and end.")] = None,
    import_: Annotated[Path | None, typer.Option("--import", help="Read labels from JSONL, and end.")] = None,
    answers: Annotated[bool, typer.Option("--answers", help="Judge 60 answers drawn at random.")] = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Say which of two answers is better, so that a judge's error is known; it goes on where you ended.

    With --answers you say of answers drawn at random whether they are right: so a night knows what there is
    to lose.
    """
    from anyio import to_thread

    who = rater or getpass.getuser()

    async def task() -> None:
        async with door(data, database) as api:
            if answers:
                await judge_answers(api, agent, who)
                return
            found = await _find_comparison(api, agent)
            if export:
                rows = await _read_rows(api, found)
                await to_thread.run_sync(_write_rows, export, rows)
            elif import_:
                await _give_labels(api, found, await to_thread.run_sync(_read_file, import_), who)
            else:
                await _ask_pairs(api, found, who)
            await _tell_standing(api, found, agent)

    run(task())


def decide(agent: AgentName, data: Data = None, database: Database = None, json: Json = False) -> None:
    """Ask the gate about the newest comparison by a judge, once its pairs are labeled."""

    async def task() -> Any:
        async with door(data, database) as api:
            found = await _find_comparison(api, agent)
            decision = await api.ask("POST", route("/api/v1/evaluations/{}/decision", found["id"]))
            return decision | {"candidate": found["candidate"]}

    decided = run(task())
    if json:
        say_json(decided)
        return
    rows = [("yes" if one["passed"] else "no", one["name"], one["detail"]) for one in decided["checks"]]
    say_table(("passed", "question", "answer"), rows, title="The gate")
    if decided["passed"]:
        say(
            "It passes. `upspiral deploy {agent} {candidate}` lets the candidate out as a canary.",
            agent=agent,
            candidate=decided["candidate"],
        )
    elif not decided["alpha"]:
        say("Nothing was tested, so nothing is spent: ask again when the judge may decide.")
    else:
        say("It is refused, and that stays.")


async def _find_comparison(api: Api, agent: str) -> dict[str, Any]:
    """Give the newest comparison of an agent that a judge made."""
    page = await api.ask("GET", "/api/v1/evaluations", params={"agent": agent, "limit": 100})
    judged: list[dict[str, Any]] = [one for one in page["items"] if one["judge"]]
    if not judged:
        raise NotFound(
            f"No judge has compared two versions of {agent!r} yet, so there is nothing to label.",
            hint="Set evaluate.scorer to `judge`; the next night, or `upspiral compare`, makes a comparison.",
        )
    return judged[0]


async def _ask_pairs(api: Api, found: dict[str, Any], rater: str) -> None:
    """Show pair after pair until there are no more, or the person has enough."""
    page = await api.ask("GET", route("/api/v1/evaluations/{}/pairs", found["id"]), params={"rater": rater})
    read = open_keyboard()
    for number, pair in enumerate(page["items"], start=1):
        flipped = flips(pair["pair"], rater)
        _show(pair, number=number, of=len(page["items"]), flipped=flipped)
        say("[bold]Which is better?[/] 1 · 2 · t both alike · s skip · q quit")
        key = ask_key(read, KEYS)
        if key == "quit":
            break
        if key != "skip":
            body = {"pair": pair["pair"], "rater": rater, "better": to_better(key, flipped=flipped)}
            await api.ask("POST", route("/api/v1/evaluations/{}/labels", found["id"]), json=body)
    else:
        say("No pair is left for {rater}.", rater=rater)


def _show(pair: dict[str, Any], *, number: int, of: int, flipped: bool) -> None:
    answers = [pair["candidate_answer"], pair["incumbent_answer"]]
    first, second = reversed(answers) if flipped else answers
    say("")
    say("[bold]Pair {number} of {of}[/] [dim]({slice})[/]", number=number, of=of, slice=pair["slice"])
    for title, text in (("Question", pair["question"]), ("Answer 1", first), ("Answer 2", second)):
        say("[bold]{title}[/]", title=title)
        say_text(text or "(nothing)", indent=2)


async def _read_rows(api: Api, found: dict[str, Any]) -> list[dict[str, Any]]:
    pairs = await api.ask("GET", route("/api/v1/evaluations/{}/pairs", found["id"]))
    labels = await api.ask("GET", route("/api/v1/evaluations/{}/labels", found["id"]))
    said: dict[str, list[dict[str, Any]]] = {}
    for one in labels["items"]:
        better = {1: "candidate", -1: "incumbent"}.get(one["value"], "tie")
        said.setdefault(one["pair"], []).append({"rater": one["rater"], "better": better})
    return [row for pair in pairs["items"] for row in _to_rows(pair, said.get(pair["pair"], []))]


def _write_rows(file: Path, rows: list[dict[str, Any]]) -> None:
    file.write_text("".join(json_module.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    written = number_of(len(rows), "row")
    say("{n} written to {file}; `better` is candidate, incumbent or tie.", n=written, file=str(file))


def _to_rows(pair: dict[str, Any], labels: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in labels or [{"rater": None, "better": None}]:
        yield {name: pair[name] for name in pair if name != "labels"} | one


def _read_file(file: Path) -> list[dict[str, Any]]:
    """Read the labeled rows of a file.

    Raises:
        InvalidInput: It cannot be read, or a line is no JSON; says which.
    """
    try:
        lines = file.read_text().splitlines()
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}.", hint="Name another file.") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            row = json_module.loads(line) if line.strip() else {}
        except ValueError as error:
            raise InvalidInput(f"Line {number} of {file} is no JSON: {error}.", hint="Correct it.") from error
        if isinstance(row, dict) and row.get("better"):
            rows.append(row)
    return rows


async def _give_labels(api: Api, found: dict[str, Any], rows: list[dict[str, Any]], rater: str) -> None:
    for row in rows:
        body = {"pair": row.get("pair", ""), "rater": row.get("rater") or rater, "better": row["better"]}
        await api.ask("POST", route("/api/v1/evaluations/{}/labels", found["id"]), json=body)
    say("{n} taken.", n=number_of(len(rows), "label"))


async def _tell_standing(api: Api, found: dict[str, Any], agent: str) -> None:
    labels = (await api.ask("GET", route("/api/v1/evaluations/{}/labels", found["id"])))["items"]
    by_pair: dict[str, dict[str, float]] = {}
    for one in labels:
        by_pair.setdefault(one["pair"], {})[one["rater"]] = one["value"]
    several = {pair: said for pair, said in by_pair.items() if len(said) > 1}
    differing = {pair: said for pair, said in several.items() if len(set(said.values())) > 1}
    say("")
    say("{n} of this comparison labeled.", n=number_of(len(by_pair), "pair"))
    if several:
        share = percent(1 - len(differing) / len(several))
        say("Of {n} that several people labeled they agree on {share}.", n=len(several), share=share)
    if differing:
        rows = [(pair, _describe(said)) for pair, said in list(differing.items())[:MAX_SHOWN_DISAGREEMENTS]]
        say_table(("pair", "who prefers what"), rows, title="Where people disagree")
    say("`upspiral decide {agent}` asks the gate.", agent=agent)


def _describe(said: dict[str, float]) -> str:
    words = {1.0: "candidate", -1.0: "incumbent"}
    return ", ".join(f"{rater}: {words.get(value, 'tie')}" for rater, value in sorted(said.items()))


COMMANDS = (label, decide)
