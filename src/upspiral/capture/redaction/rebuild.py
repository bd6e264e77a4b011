"""Which texts does an Interaction hold, and how are new ones put in their place?"""

from collections.abc import Iterable, Iterator

import msgspec

from upspiral.domain import Interaction, Message, ToolCall


def texts_of(interaction: Interaction) -> Iterator[tuple[str, str]]:
    """Give all that was said, called and noted: the name, empty unless it is metadata, and the value."""
    for message in interaction.messages:
        yield "", message.content
    yield "", interaction.answer
    yield "", interaction.error or ""
    yield "", interaction.end_user or ""
    for call in interaction.tool_calls:
        yield "", call.arguments
        yield "", call.result or ""
        yield "", call.error or ""
    yield from interaction.metadata.items()


def count_chars(interactions: Iterable[Interaction]) -> int:
    """Count the characters that are looked at in Interactions."""
    return sum(len(value) for one in interactions for _, value in texts_of(one))


def cut_texts(interaction: Interaction, limit: int) -> Interaction:
    """Cut every text that is longer than a limit, and say so; the same object where none is.

    Args:
        interaction: What happened.
        limit: Characters of one text.
    """
    texts = [value for _, value in texts_of(interaction)]
    if all(len(text) <= limit for text in texts):
        return interaction
    return rebuilt(interaction, iter([cut_text(text, limit) for text in texts]))


def cut_text(text: str, limit: int) -> str:
    """Cut a text that is longer than a limit, and say so.

    >>> cut_text("abcdef", 3)
    'abc [cut: 3 characters more]'
    """
    return text if len(text) <= limit else f"{text[:limit]} [cut: {len(text) - limit} characters more]"


def rebuilt(interaction: Interaction, new: Iterator[str]) -> Interaction:
    """Put the values back in the order of `texts_of`; where there was None there is None."""

    def after(old: str | None) -> str | None:
        value = next(new)
        return None if old is None else value

    messages = tuple(Message(message.role, next(new)) for message in interaction.messages)
    answer, error, end_user = next(new), after(interaction.error), after(interaction.end_user)
    calls = tuple(
        _call(call, next(new), after(call.result), error=after(call.error)) for call in interaction.tool_calls
    )
    return msgspec.structs.replace(
        interaction,
        messages=messages,
        answer=answer,
        error=error,
        end_user=end_user,
        tool_calls=calls,
        metadata=dict(zip(interaction.metadata, new, strict=True)),
    )


def _call(call: ToolCall, arguments: str, result: str | None, *, error: str | None) -> ToolCall:
    return msgspec.structs.replace(call, arguments=arguments, result=result, error=error)
