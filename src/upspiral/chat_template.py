"""Which messages does a chat template take? Where it has no system role, the user's turn says its text.

The templates of Gemma 2 and of the first Mistral models refuse a system message, and others leave it out
without a word. Their makers advise to write such text at the beginning of the user's turn, as the templates
of later models do by themselves. Training and the local host read messages through here, so that an adapter
meets users with the prompt it was taught with; other hosts get them so once they refused a system message.
"""

from collections.abc import Sequence
from typing import Any, Protocol

PROBE = "upspiral-system-probe"
"""A text that no template holds; it is in the prompt where the template passes a system message on."""
INSTRUCTING_ROLES = frozenset(("system", "developer"))
BETWEEN = "\n\n"
"""Stands between the system's text and the user's, as in templates that join them."""
Turn = dict[str, Any]


class Tokenizer(Protocol):
    """What is asked of a tokenizer of the transformers library."""

    def apply_chat_template(self, conversation: list[Turn], *, tokenize: bool) -> Any:
        """Write messages as one prompt."""


def fit_messages(messages: Sequence[Turn], tokenizer: Tokenizer) -> list[Turn]:
    """Give messages as the template of a model takes them: unchanged where it has a system role.

    Args:
        messages: What is to be written; contents are text.
        tokenizer: Of the model.
    """
    if any(one.get("role") in INSTRUCTING_ROLES for one in messages) and not takes_system(tokenizer):
        return fold_system(messages)
    return list(messages)


def takes_system(tokenizer: Tokenizer) -> bool:
    """Say whether a template writes a system message into the prompt."""
    told = [{"role": "system", "content": PROBE}, {"role": "user", "content": "Hi"}]
    try:
        return PROBE in str(tokenizer.apply_chat_template(told, tokenize=False))
    except Exception:  # whatever the template raises says that it takes none
        return False


def fold_system(messages: Sequence[Turn]) -> list[Turn]:
    r"""Write the text of system messages into the user's turn: the one that follows, or else the one before.

    >>> said = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}]
    >>> fold_system(said)
    [{'role': 'user', 'content': 'Be kind.\n\nHi'}]
    """
    folded: list[Turn] = []
    waiting: list[Any] = []
    for one in messages:
        if one.get("role") in INSTRUCTING_ROLES:
            waiting += [one["content"]] if one.get("content") else []
        elif one.get("role") == "user":
            folded.append({**one, "content": _join([*waiting, one.get("content")])} if waiting else one)
            waiting = []
        else:
            folded = [*_with_last(folded, waiting), one]
            waiting = []
    return _with_last(folded, waiting)


def _with_last(folded: list[Turn], waiting: Sequence[Any]) -> list[Turn]:
    """Add what no turn of the user follows: to the one before, so that roles alternate, or as a turn."""
    if not waiting:
        return folded
    last = folded[-1] if folded and folded[-1].get("role") == "user" else None
    if last is None:
        return [*folded, {"role": "user", "content": _join(waiting)}]
    return [*folded[:-1], {**last, "content": _join([last.get("content"), *waiting])}]


def _join(contents: Sequence[Any]) -> Any:
    """Join contents: as one text where all are texts, else as the parts of all."""
    said = [one for one in contents if one]
    if all(isinstance(one, str) for one in said):
        return BETWEEN.join(said)
    return [
        part for one in said for part in ([{"type": "text", "text": one}] if isinstance(one, str) else one)
    ]
