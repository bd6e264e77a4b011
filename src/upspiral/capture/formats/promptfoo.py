"""How does a test of promptfoo become an Interaction with its right answer, and a result one with a score?"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from upspiral.capture.formats.chat_jsonl import Imported, RowOrigin, import_row
from upspiral.capture.formats.values import decode_text, first_field
from upspiral.domain.ids import WorkspaceId
from upspiral.wire.plain import to_json

FORMAT = "promptfoo"
VARIABLE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
QUESTIONS = ("question", "query", "input", "message", "prompt", "text", "user")
"""Variables that hold what is asked, where no prompt says so."""


def is_promptfoo(row: Mapping[str, Any]) -> bool:
    """Say whether a row is a test, a result, or a file of either.

    >>> is_promptfoo({"vars": {"question": "Hi?"}, "assert": []}), is_promptfoo({"question": "Hi?"})
    (True, False)
    """
    inner = row.get("results")
    nested = isinstance(inner, Mapping) and isinstance(inner.get("results"), list)
    tests = isinstance(row.get("tests"), list) and any(name in row for name in ("prompts", "providers"))
    return isinstance(row.get("vars"), Mapping) or nested or tests or set(row) == {"tests"}


def unfold(row: dict[str, Any]) -> Iterator[Any]:
    """Give the tests of a configuration, each with the prompt; or the results of a run."""
    inner = row.get("results")
    if isinstance(inner, dict) and isinstance(inner.get("results"), list):
        yield from inner["results"]
    elif isinstance(row.get("tests"), list):
        prompt = _first_prompt(row.get("prompts"))
        default = row.get("defaultTest")
        common = default if isinstance(default, dict) else {}
        for test in row["tests"]:
            yield _with_common(test, common, prompt) if isinstance(test, dict) else test
    else:
        yield row


def _with_common(test: dict[str, Any], common: Mapping[str, Any], prompt: str | None) -> dict[str, Any]:
    shared, own = common.get("vars"), test.get("vars")
    variables = {
        **(shared if isinstance(shared, Mapping) else {}),
        **(own if isinstance(own, Mapping) else {}),
    }
    checks = [*_list(common.get("assert")), *_list(test.get("assert"))]
    return {"prompt": prompt, **test, "vars": variables, "assert": checks}


def _first_prompt(given: Any) -> str | None:
    first = given[0] if isinstance(given, list) and given else given
    if isinstance(first, Mapping):
        first = first_field(first, "raw", "prompt")
    return first if isinstance(first, str) and not first.startswith("file://") else None


def parse(row: dict[str, Any], *, agent: str | None, workspace: WorkspaceId, now: datetime) -> Imported:
    """Read one test or one result.

    Args:
        row: A test has `vars` and `assert`, a result `response` and `success` as well.
        agent: Whose it is; None for the provider.
        workspace: Where it belongs.
        now: The moment it gets.

    Raises:
        ValueError: It has no variables that say what is asked.
    """
    response, provider = row.get("response"), row.get("provider")
    answered = response if isinstance(response, Mapping) else {}
    usage = answered.get("tokenUsage")
    counts = usage if isinstance(usage, Mapping) else {}
    model = first_field(provider, "id", "label") if isinstance(provider, Mapping) else provider
    made: dict[str, Any] = {
        "messages": _messages(row),
        "answer": _as_text(answered.get("output")),
        "model": str(model or "").rpartition(":")[2],
        "latency_ms": row.get("latencyMs") or 0,
        "prompt_tokens": counts.get("prompt"),
        "completion_tokens": counts.get("completion"),
        "description": row.get("description"),
        "assert": _as_text(_checks(row)) or None,
        "correction": _right_answer(row),
        "error": row.get("error") if not answered.get("output") else None,
    }
    if answered and isinstance(row.get("success"), bool):
        score = row.get("score")
        made["score"] = score if isinstance(score, int | float) and 0 <= score <= 1 else row["success"]
    origin = RowOrigin(workspace=workspace, agent=agent, now=now, tag=None)
    return import_row({name: value for name, value in made.items() if value is not None}, origin)


def _checks(row: Mapping[str, Any]) -> list[Any]:
    case = row.get("testCase")
    return _list(row.get("assert")) or (_list(case.get("assert")) if isinstance(case, Mapping) else [])


def _right_answer(row: Mapping[str, Any]) -> str | None:
    for check in _checks(row):
        if isinstance(check, Mapping) and check.get("type") == "equals" and check.get("value") is not None:
            return _as_text(_render(check["value"], row.get("vars")))
    return None


def _messages(row: Mapping[str, Any]) -> list[Any]:
    variables = row["vars"] if isinstance(row.get("vars"), Mapping) else {}
    shown = row.get("prompt")
    if isinstance(shown, Mapping):
        shown = shown.get("raw")
    if isinstance(shown, str) and shown.strip():
        asked = decode_text(_render(shown, variables))
        return asked if isinstance(asked, list) else [{"role": "user", "content": _as_text(asked)}]
    if not variables:
        raise ValueError("it has no vars and no prompt, so nothing says what is asked")
    named = first_field(variables, *QUESTIONS)
    if named is None:
        values = list(variables.values())
        named = values[0] if len(values) == 1 else dict(variables)
    return [{"role": "user", "content": _as_text(named)}]


def _render(template: Any, variables: Any) -> Any:
    """Put variables into a template, as text; one that is not known stays as it stands."""
    if not isinstance(template, str) or not isinstance(variables, Mapping):
        return template

    def value(found: "re.Match[str]") -> str:
        return _escape(variables[found[1]], template) if found[1] in variables else found[0]

    return VARIABLE.sub(value, template)


def _escape(value: Any, template: str) -> str:
    """Write a value as it stands in a template of JSON, or in plain text."""
    said = _as_text(value) or ""
    return (
        json.dumps(said)[1:-1] if template.lstrip()[:1] in "[{" and VARIABLE.match(template) is None else said
    )


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return to_json(value) if isinstance(value, Mapping | list) else str(value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
