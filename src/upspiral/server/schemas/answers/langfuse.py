"""What do answers hold that Langfuse's clients read?"""

from msgspec import Struct


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


class LangfuseHealth(Struct, frozen=True):
    """That the server answers."""

    status: str
    version: str
