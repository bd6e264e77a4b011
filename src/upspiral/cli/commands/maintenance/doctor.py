"""Say what is wrong with an installation and what to do, or mend it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upspiral.cli.api import DEFAULT_DATA
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.terminal import Markup, say, say_json
from upspiral.errors import ConfigError, InvalidInput, UpspiralError, suggest_name

if TYPE_CHECKING:
    from upspiral.cli.checks import Finding

EVERYTHING = "all"


def doctor(
    part: Annotated[str, typer.Argument(help="One part, such as database, keys or hosts.")] = EVERYTHING,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what nothing can be lost by.")] = False,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Look at the server, database, keys, clock, disk, agents and hosts; say what is wrong and what to do."""
    from upspiral.cli.checks import ON_REQUEST, PARTS, Installation
    from upspiral.config import load

    known = {**PARTS, **ON_REQUEST}
    if part not in (EVERYTHING, *known):
        raise InvalidInput(
            f"The doctor has no part {part[:40]!r}.",
            hint=f"{suggest_name(part, list(known))} There are {', '.join(known)}.".strip(),
        )
    place = Installation(data or Path(DEFAULT_DATA), database, load(data=data, database_url=database))
    names = PARTS if part == EVERYTHING else [part]

    def look() -> "list[Finding]":
        return [found for name in names for check in known[name] for found in check(place)]

    findings = look()
    done = [_mend(one) for one in findings if fix and one.fix and not one.ok]
    findings = look() if done else findings
    if json:
        say_json([{**one._asdict(), "fix": one.fix is not None and not one.ok} for one in findings])
    else:
        _show(done, findings)
    wrong = sum(not finding.ok for finding in findings)
    if wrong:
        words = f"{wrong} of {len(findings)} checks found something wrong."
        can_fix = any(one.fix and not one.ok for one in findings) and not fix
        raise ConfigError(
            words, hint="`upspiral doctor --fix` mends some of it." if can_fix else "Do what is said above."
        )


def _mend(finding: "Finding") -> tuple[str, str]:
    """Mend one; give what it is about and what was done."""
    assert finding.fix is not None  # noqa: S101 - only those are handed in
    try:
        return finding.what, finding.fix()
    except UpspiralError as error:
        return finding.what, f"could not be mended: {error}"


def _show(done: Sequence[tuple[str, str]], findings: Sequence["Finding"]) -> None:
    for what, words in done:
        say("[green]mended[/] {what}: {words}", what=what, words=words)
    for finding in findings:
        mark = Markup("[green]ok[/]   " if finding.ok else "[red]wrong[/]")
        say("{mark} {what}: {detail}", mark=mark, what=finding.what, detail=finding.detail)
        if not finding.ok and finding.remedy:
            say("      {remedy}", remedy=f"To do: {finding.remedy}.")


COMMANDS = (doctor,)
