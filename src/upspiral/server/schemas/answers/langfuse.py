"""What do answers hold that Langfuse's clients read?"""

from typing import Any, Literal

from msgspec import Struct

from upspiral.wire.delivered_prompt import PromptMessage


class EventKept(Struct, frozen=True):
    """One event of a batch that is kept."""

    id: str
    status: int


class EventError(Struct, frozen=True):
    """One event of a batch that is not kept."""

    id: str
    status: int
    message: str
    error: str
    """What to do."""


class EventsKept(Struct, frozen=True):
    """What became of a batch of events, each by its id."""

    successes: list[EventKept]
    errors: list[EventError]


class ScoreKept(Struct, frozen=True):
    """The id of a score."""

    id: str


class Organization(Struct, frozen=True):
    """Whose a project is."""

    id: str
    name: str


class Project(Struct, frozen=True):
    """The workspace of the key."""

    id: str
    name: str
    organization: Organization
    metadata: dict[str, str]


class Projects(Struct, frozen=True):
    """The projects of a key; there is one."""

    data: list[Project]


class LangfusePrompt(Struct, frozen=True):
    """A prompt as Langfuse's clients read it; what `prompt` holds follows from `type`."""

    name: str
    version: int
    type: Literal["chat", "text"]
    prompt: list[PromptMessage] | str
    """Messages of a `chat`, else one text."""
    config: dict[str, Any]
    """The model, its sampling, and in `upspiral` the version and the side of a canary."""
    labels: list[str]
    """`production` for the live version, `canary` for the one that is out, `latest` for the newest."""
    tags: list[str] = []
    commitMessage: str | None = None
    resolutionGraph: dict[str, Any] | None = None


class LangfuseHealth(Struct, frozen=True):
    """That the server answers."""

    status: str
    version: str
