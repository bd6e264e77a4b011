"""What became of a batch, item by item? The good ones are kept, and each other is told with its reason."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from upspiral.errors import InvalidInput, UpspiralError
from upspiral.server.answers import Answer, json_response
from upspiral.server.errors import problem_response, status_of
from upspiral.server.schemas.answers.capture import BatchRefusal
from upspiral.server.schemas.items import BadItem

T = TypeVar("T")
IN_PART: dict[int | str, dict[str, Any]] = {
    207: {"description": "Some items were kept; `refused` says which were not, and why."}
}
"""What the API document says of a batch of which some items were refused."""


class Sorted(Struct, frozen=True):
    """A batch, parted into what can be used and what is refused."""

    good: dict[int, Any]
    """By place."""
    refused: dict[int, UpspiralError]
    ids: dict[int, str | None]
    """Of those that are refused."""

    def with_refused(self, refused: dict[int, UpspiralError]) -> "Sorted":
        """Add what was refused later, by its place among the good ones."""
        places = list(self.good)
        later = {places[n]: error for n, error in refused.items()}
        ids = {place: self.good[place].id for place in later}
        good = {place: one for place, one in self.good.items() if place not in later}
        return Sorted(good, self.refused | later, self.ids | ids)

    def refusals(self) -> list[BatchRefusal]:
        """Tell of each that was refused, in the order in which they were sent."""
        told = []
        for index, error in sorted(self.refused.items()):
            status, code = status_of(error)
            told.append(BatchRefusal(index, self.ids.get(index), status, code, error.message, error.hint))
        return told


def sort_items(name: str, items: Sequence[Any], make: Callable[[Any], Any]) -> Sorted:
    """Make a noun of each item; put aside those that cannot be used.

    Args:
        name: Of the list in the body, which errors name with the item's place.
        items: As they were read, `BadItem` among them.
        make: Turns one into a noun; raises InvalidInput where it cannot be used.
    """
    found = Sorted({}, {}, {})
    for place, one in enumerate(items):
        if isinstance(one, BadItem):
            field = ".".join(filter(None, (name, str(place), one.field)))
            said = InvalidInput(f"{field}: {one.reason}.", hint="Correct it and send it again.")
            found.refused[place], found.ids[place] = said, one.id
            continue
        try:
            found.good[place] = make(one)
        except InvalidInput as error:
            said = InvalidInput(f"{name}.{place}: {error.message}", hint=error.hint)
            found.refused[place], found.ids[place] = said, one.id
    return found


def answer_batch(found: Sorted, kept: T, path: str) -> Answer[T]:
    """Answer a batch: 201 where all was kept, 207 where some was, and else as for its first item alone.

    Args:
        found: What was kept and what was refused.
        kept: The answer where any was kept.
        path: Where it was sent.
    """
    status = status_for(found)
    if found.good:
        return json_response(kept, status)
    refused = found.refusals()
    first = refused[0]
    answer = problem_response(path, status=status, code=first.code, message=first.title, hint=first.hint)
    problem = msgspec.json.decode(bytes(answer.body)) | {"refused": refused}
    return Answer(msgspec.json.encode(problem), status, media_type="application/problem+json")


def status_for(found: Sorted) -> int:
    """Give the status of the answer: 201 where all were kept, 207 where some were, else the first refusal's.

    >>> status_for(Sorted({0: "kept"}, {1: InvalidInput("no")}, {}))
    207
    """
    if not found.refused:
        return 201
    return 207 if found.good else status_of(found.refused[min(found.refused)])[0]
