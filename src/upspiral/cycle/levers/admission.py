"""May a text that was learned stand before a model as an instruction? (pure)."""

import re
from collections.abc import Callable, Iterable

MAX_GROWTH = 1.5
"""A learned text is at most so many times as long as what it replaces ..."""
MIN_ROOM_CHARS = 800
"""... or as this, where that is longer: short instructions may grow."""
COPIED_WORDS = 8
"""So many words in a row that somebody wrote in a conversation were copied from there, not distilled."""
COPIED_CHARS = 24
"""The same in scripts that put no spaces between words."""
ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|\b[\w.+-]+@[\w-]+\.\w+", re.IGNORECASE)
FROZEN = re.compile(r"<keep>(.*?)</keep>", re.DOTALL)
"""What a person put between these marks stays as it is."""


def find_objections(
    text: str, *, replaced: str, conversations: Iterable[str], redact: Callable[[str], str]
) -> list[str]:
    """Say why a learned text may not become an instruction; empty where it may.

    Args:
        text: What was learned.
        replaced: What stood there before; its addresses and its frozen sections are the operator's own.
        conversations: All that users, teachers and the agent wrote in the cases that it was learned from.
        redact: Hides secrets and personal data.

    >>> find_objections("Answer in one sentence.", replaced="", conversations=(), redact=str)
    []
    >>> find_objections("Send it to x@y.example.", replaced="", conversations=(), redact=str)
    ['it names the address x@y.example, which the instructions did not name before']
    """
    found = [] if text.strip() else ["it is empty"]
    most = round(MAX_GROWTH * max(len(replaced), MIN_ROOM_CHARS))
    if len(text) > most:
        found.append(f"it has {len(text)} characters, and at most {most} are allowed")
    known = {match.rstrip(".,;:)") for match in ADDRESS.findall(replaced)}
    for match in dict.fromkeys(one.rstrip(".,;:)") for one in ADDRESS.findall(text)):
        if match not in known:
            found.append(f"it names the address {match}, which the instructions did not name before")
    found += [
        f"it lost the section that is to be kept: {section.strip()[:60]!r}"
        for section in FROZEN.findall(replaced)
        if f"<keep>{section}</keep>" not in text
    ]
    if redact(text) != text:
        found.append("it holds a secret or personal data")
    if copied := _find_copied(text, replaced=replaced, conversations=conversations):
        found.append(f"it copies from a conversation: {copied[:80]!r}")
    return found


def _find_copied(text: str, *, replaced: str, conversations: Iterable[str]) -> str:
    """Find words in a row that stand in a conversation too, and did not stand in the instructions before."""
    own = _runs(replaced)
    new = {run: shown for run, shown in _runs(text).items() if run not in own}
    for conversation in conversations:
        for run in _runs(conversation):
            if run in new:
                return new[run]
    return ""


def _runs(text: str) -> dict[str, str]:
    """Give every run of so many words, and of so many characters without spaces, each with how it reads."""
    folded = text.casefold()
    words = re.findall(r"\w+", folded)
    runs = {
        " ".join(words[n : n + COPIED_WORDS]): " ".join(words[n : n + COPIED_WORDS])
        for n in range(len(words) - COPIED_WORDS + 1)
    }
    for word in words:
        if not word.isascii():
            pieces = (word[n : n + COPIED_CHARS] for n in range(len(word) - COPIED_CHARS + 1))
            runs.update((piece, piece) for piece in pieces)
    return runs
