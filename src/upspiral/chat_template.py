"""Which messages does a chat template take? Where it has no system role, the user's turn says its text.

The templates of Gemma 2 and of the first Mistral models refuse a system message, and others leave it out
without a word. Their makers advise to write such text at the beginning of the user's turn, as the templates
of later models do by themselves. Training and the local host read messages through here, so that an adapter
meets users with the prompt it was taught with.
"""

from collections.abc import Sequence
from typing import Any, Protocol

PROBE = "upspiral-system-probe"
"""A text that no template holds; it is in the prompt where the template passes a system message on."""
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
    if any(one.get("role") == "system" for one in messages) and not takes_system(tokenizer):
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
    r"""Write the text of system messages at the beginning of the user's turn that follows.

    >>> said = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}]
    >>> fold_system(said)
    [{'role': 'user', 'content': 'Be kind.\n\nHi'}]
    """
    folded: list[Turn] = []
    waiting: list[str] = []
    for one in messages:
        if one.get("role") == "system":
            waiting.append(str(one.get("content") or ""))
            continue
        if waiting and one.get("role") == "user":
            one = {**one, "content": BETWEEN.join([*waiting, str(one.get("content") or "")])}
            waiting = []
        elif waiting:
            folded.append({"role": "user", "content": BETWEEN.join(waiting)})
            waiting = []
        folded.append(one)
    if waiting:
        last = folded.pop() if folded and folded[-1].get("role") == "user" else None
        said = [str(last.get("content") or "")] if last else []
        folded.append({**(last or {"role": "user"}), "content": BETWEEN.join([*said, *waiting])})
    return folded
