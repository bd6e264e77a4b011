"""How does a row of OpenAI's Evals become an Interaction: of data, of a run's results, or of a log?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from upspiral.capture.formats.chat_jsonl import Imported, RowOrigin, import_row
from upspiral.capture.formats.row_shapes import QUESTIONS
from upspiral.capture.formats.values import Remark, first_field, interaction_id, moment, signal
from upspiral.domain.ids import WorkspaceId
from upspiral.wire.plain import to_json

FORMAT = "openai-evals"
RIGHT_ANSWERS = ("ideal", "ground_truth", "reference", "reference_answer", "expected", "expected_output")
ITEM, RESULT = "eval.run.output_item", "datasource_item"


def is_openai_evals(row: Mapping[str, Any]) -> bool:
    """Say whether a row is one of a data set, of a run's results or of a log.

    >>> is_openai_evals({"input": "2+2?", "ideal": "4"}), is_openai_evals({"input": "2+2?", "output": "4"})
    (True, False)
    """
    inner = row.get("item")
    data = isinstance(inner, Mapping) and len(row) <= 2
    event = "sample_id" in row and isinstance(row.get("data"), Mapping)
    return row.get("object") == ITEM or RESULT in row or data or event or ("input" in row and "ideal" in row)


def parse(
    row: dict[str, Any], *, agent: str | None, workspace: WorkspaceId, now: datetime
) -> Imported | Remark | None:
    """Read one row.

    Args:
        row: An item of a data set, with its right answer; an item of a run's results; or an event of a log,
            of which `sampling` tells what was asked and answered, and `match` and the like how good it was.
        agent: Whose it is; None for the model.
        workspace: Where it belongs.
        now: The moment it gets where it names none.

    Raises:
        ValueError: Nothing says what was asked.
    """
    if "sample_id" in row and isinstance(row.get("data"), Mapping):
        return _event(row, agent=agent, workspace=workspace, now=now)
    origin = RowOrigin(workspace=workspace, agent=agent, now=now, tag=None)
    if row.get("object") == ITEM or RESULT in row:
        return _result(row, origin)
    item = row["item"] if isinstance(row.get("item"), Mapping) else row
    sample = row["sample"] if isinstance(row.get("sample"), Mapping) else {}
    return import_row(_chat({**item}, sample), origin)


def _chat(item: dict[str, Any], sample: Mapping[str, Any]) -> dict[str, Any]:
    right = next((item.pop(name) for name in RIGHT_ANSWERS if item.get(name) is not None), None)
    if isinstance(right, list):
        right = right[0] if right else None
    asked = first_field(sample, "input") or first_field(item, "messages", *QUESTIONS)
    if asked is None:
        raise ValueError(
            f"nothing says what was asked; its fields are: {', '.join(list(map(str, item))[:12])}"
        )
    said = first_field(sample, "output", "output_text")
    made = {
        "messages": asked if isinstance(asked, list) else [{"role": "user", "content": _as_text(asked)}],
        "answer": "" if said is None else said,
        "correction": None if right is None else _as_text(right),
        "model": sample.get("model"),
    }
    noted = {name: value for name, value in item.items() if name not in (*QUESTIONS, "messages")}
    return noted | {name: value for name, value in made.items() if value is not None}


def _result(row: dict[str, Any], origin: RowOrigin) -> Imported:
    item = row[RESULT] if isinstance(row.get(RESULT), Mapping) else {}
    item = item["item"] if isinstance(item.get("item"), Mapping) else item
    sample = row["sample"] if isinstance(row.get("sample"), Mapping) else {}
    usage = sample["usage"] if isinstance(sample.get("usage"), Mapping) else {}
    results = [one for one in row.get("results") or () if isinstance(one, Mapping)]
    scores = {str(one.get("name") or "grader"): _score(one) for one in results}
    made = _chat({**item}, sample) | {
        "prompt_tokens": usage.get("prompt_tokens"),
        "completion_tokens": usage.get("completion_tokens"),
        "scores": scores,
        "run": row.get("run_id"),
    }
    found = import_row(made, replace(origin, now=moment(row.get("created_at"), now=origin.now)))
    if not row.get("id"):
        return found
    ident = interaction_id(origin.workspace, FORMAT, str(row["id"]))
    mine = replace(found.interaction, id=ident, conversation=ident)
    return Imported(mine, tuple(replace(one, interaction=ident) for one in found.feedback))


def _score(result: Mapping[str, Any]) -> Any:
    score = result.get("score")
    return score if isinstance(score, int | float) and 0 <= score <= 1 else result.get("passed")


def _event(
    row: dict[str, Any], *, agent: str | None, workspace: WorkspaceId, now: datetime
) -> Imported | Remark | None:
    data, kind = row["data"], row.get("type")
    sample = f"{row.get('run_id', '')} {row['sample_id']}"
    ident = interaction_id(workspace, FORMAT, sample)
    at = moment(row.get("created_at"), now=now)
    if kind == "sampling":
        said = data.get("sampled")
        said = said[0] if isinstance(said, list) and said else said
        made = _chat({"input": data.get("prompt")}, {"output": said, "model": data.get("model")})
        found = import_row(made, RowOrigin(workspace=workspace, agent=agent, now=at, tag=None))
        return Imported(replace(found.interaction, id=ident, conversation=ident), ())
    judged = first_field(data, "correct", "score", "choice")
    if judged is None:
        return None
    key = f"{FORMAT} {sample} {kind} {row.get('event_id', '')}"
    told = signal(ident, workspace=workspace, key=key, rater=str(kind), at=at, value=judged)
    return Remark(told)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else to_json(value)
