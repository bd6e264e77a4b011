"""What was asked, as one text that a judge or a person reads?"""

from collections.abc import Sequence

from upspiral.domain import Message


def render_question(messages: Sequence[Message]) -> str:
    r"""Write a conversation up to the answer as one text; a single question stands alone.

    >>> render_question([Message("system", "Be kind."), Message("user", "Why?")])
    'Why?'
    >>> render_question([Message("user", "Hi"), Message("assistant", "Hello"), Message("user", "Why?")])
    'user: Hi\n\nassistant: Hello\n\nuser: Why?'
    """
    said = [message for message in messages if message.role != "system"]
    if len(said) == 1:
        return said[0].content
    return "\n\n".join(f"{message.role}: {message.content}" for message in said)
