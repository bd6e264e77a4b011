"""What does an application get that asks its model itself? Messages before a conversation, and the model."""

import hashlib
from collections.abc import Sequence

import msgspec
from msgspec import Struct


class PromptMessage(Struct, frozen=True):
    """One message that stands before a conversation."""

    role: str
    content: str


class DeliveredPrompt(Struct, frozen=True, kw_only=True):
    """What a version of an agent puts before a conversation, and the model that it asks."""

    agent: str
    version: str
    """Its name, such as `support@3`; records that name it in `metadata.prompt` count for it."""
    number: int
    model: str
    """The name of its model at the model's host."""
    messages: tuple[PromptMessage, ...]
    """Instructions, rules and examples, in the order in which they stand before the conversation."""
    text: str
    """The same in one text, for applications that take only a system message."""
    sampling: dict[str, float]
    """Such as temperature and max_tokens; what the application sets itself wins."""
    arm: str | None = None
    """`canary` or `stable`, while a canary is out; null where none is."""
    deployment: str | None = None
    """The canary that is out."""

    @property
    def etag(self) -> str:
        """Changes whenever anything in it does."""
        return f'"{hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:32]}"'


def write_text(messages: Sequence[PromptMessage]) -> str:
    r"""Write messages as one text: the system message, and the examples below it.

    >>> asked, said = PromptMessage("user", "Hi?"), PromptMessage("assistant", "Hello.")
    >>> write_text([PromptMessage("system", "Be brief."), asked, said])
    'Be brief.\n\nExamples:\n\nuser: Hi?\nassistant: Hello.'
    """
    instructions = [one.content for one in messages if one.role == "system"]
    shown = [f"{one.role}: {one.content}" for one in messages if one.role != "system"]
    examples = ["Examples:\n\n" + "\n".join(shown)] if shown else []
    return "\n\n".join(instructions + examples)
