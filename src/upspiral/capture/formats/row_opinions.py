"""What does a row of a file say about its answer? Success, scores, thumbs and words become Feedback."""

from collections.abc import Iterator, Mapping
from typing import Any

from upspiral.capture.scales import read_score, word_score
from upspiral.domain import Feedback, Interaction, Source
from upspiral.domain.ids import FeedbackId, derive

STARS = (1.0, 5.0)


def read_opinions(row: Mapping[str, Any], about: Interaction) -> tuple[Feedback, ...]:
    """Read all that a row says; nothing where it says nothing.

    Args:
        row: With any of `success`, `score`, `scores`, `thumbs`, `rating`, `feedback`, `comment`,
            `correction`, `label`; `feedback` may hold the others.
        about: The Interaction of the row.

    Raises:
        ValueError: Thumbs or a rating that is none.
    """
    inner = row.get("feedback")
    said = {**row, **inner} if isinstance(inner, Mapping) else row
    return (*_checks(said, about), *_of_the_user(said, about))


def _checks(said: Mapping[str, Any], about: Interaction) -> Iterator[Feedback]:
    value = said.get("score") if said.get("score") is not None else said.get("success")
    if value is not None:
        yield _judge(about, "import", value)
    scores = said.get("scores")
    for name, score in scores.items() if isinstance(scores, Mapping) else ():
        if score is not None:
            yield _judge(about, str(name), score)


def _judge(about: Interaction, name: str, value: Any) -> Feedback:
    number = _number(value)
    read = read_score(number, None if number is not None else str(value))
    said = {"score": read.score, "label": read.label, "metadata": read.metadata}
    return _feedback(about, name, source=Source.VERIFIER, rater=name, **said)


def _of_the_user(said: Mapping[str, Any], about: Interaction) -> Iterator[Feedback]:
    rated = [
        score
        for score in (_thumbs(said.get("thumbs")), _stars(said.get("rating")), _word(said.get("feedback")))
        if score is not None
    ]
    words = {key: str(said[key]) for key in ("comment", "correction", "label") if said.get(key)}
    inner = said.get("feedback")
    if isinstance(inner, str) and _word(inner) is None and inner.strip():
        words.setdefault("comment", inner)
    if rated or words:
        source = Source.USER_CORRECTION if "correction" in words else Source.USER_RATING
        rater = about.end_user or "import"
        yield _feedback(about, "user", source=source, rater=rater, score=rated[0] if rated else None, **words)


def _feedback(about: Interaction, key: str, **said: Any) -> Feedback:
    # The key of the first score stays that of files imported before there were several.
    ident = derive("fb", about.id, "import", *([] if key == "import" else [key]))
    return Feedback(
        id=FeedbackId(ident), workspace=about.workspace, interaction=about.id, at=about.at, **said
    )


def _number(value: Any) -> float | bool | None:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        word = value.strip().lower()
        if word in ("true", "false"):
            return word == "true"
        try:
            return float(word)
        except ValueError:
            return None
    return None


def _thumbs(value: Any) -> float | None:
    """Read thumbs: up or down, yes or no, 1 or -1 or 0.

    >>> _thumbs("up"), _thumbs(-1), _thumbs(False), _thumbs(None), _thumbs("")
    (1.0, 0.0, 0.0, None, None)
    """
    if value is None or value == "":
        return None
    number = _number(value)
    found = float(number > 0) if number is not None else word_score(str(value))
    if found is None:
        raise ValueError(f"its thumbs {value!r} are neither up nor down")
    return found


def _stars(value: Any) -> float | None:
    """Read a rating of 1 to 5 stars; ``4/5`` and words say their own scale.

    >>> _stars(5), _stars("1"), _stars("3/5"), _stars("good"), _stars(None)
    (1.0, 0.0, 0.5, 1.0, None)
    """
    if value is None or value == "":
        return None
    given, _, most = str(value).partition("/")
    number = _number(given) if not isinstance(value, bool) else None
    low, high = STARS
    if number is None or (most and _number(most) != high) or not low <= number <= high:
        word = word_score(str(value))
        if word is None:
            raise ValueError(f"its rating {value!r} is not 1 to 5; give other scales as score, with --scale")
        return word
    return (number - low) / (high - low)


def _word(value: Any) -> float | None:
    if isinstance(value, bool | int | float):
        return _thumbs(value)
    return word_score(value) if isinstance(value, str) else None
