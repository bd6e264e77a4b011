"""May a text that was learned stand before a model as an instruction? (pure)."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from upspiral.cycle.levers.takeover import find_takeover
from upspiral.lexical.disguise import find_hidden, find_mixed_word, find_spelled, unmask

MAX_GROWTH = 1.5
"""A learned text is at most so many times as long as what it replaces ..."""
MIN_ROOM_CHARS = 800
"""... or as this, where that is longer: short instructions may grow."""
COPIED_WORDS = 8
"""So many words in a row that somebody wrote in a conversation were copied from there, not distilled."""
COPIED_CHARS = 24
"""The same in scripts that put no spaces between words."""
MAX_PARTS, PART_CHARS, PART_CHARS_UNSPACED = 3, 8, 4
"""A sentence that so few parts of conversations give, each of about so many letters, was put together."""
PIECE_WORDS, MAX_PIECES_SHARE = 3, 0.5
"""Shorter runs count as pieces; a text of which more than this share is such pieces was put together."""
ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}:/{1,2}\S+|\b(?:www\.|javascript:|data:|mailto:|tel:)\S+"
    r"|[\w.+-]+@[\w-]+(?:\.\w+)+|\b\d{1,3}(?:\.\d{1,3}){3}\b"
    r"|\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|ai|dev|app|info|biz|co|uk|de|ru|cn|fr|me|tv|cc|ly|gg|xyz|top|site"
    r"|online|shop|club|link|click|zip|example|test|invalid|onion)\b\S*",
    re.IGNORECASE,
)
SENTENCE_ENDS = re.compile("[.!?;:\n\u3002\uff01\uff1f\u061f\u0964]+")
DOTS = re.compile(r"\s*[\[({]\s*(?:\.|dot)\s*[\])}]\s*|\s+dot\s+(?=\w)", re.IGNORECASE)
ATS = re.compile(r"\s*[\[({]\s*(?:@|at)\s*[\])}]\s*", re.IGNORECASE)
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
    plain = unmask(text)
    found += _find_disguises(text, replaced)
    known = _find_addresses(replaced)
    found += [
        f"it names the address {one}, which the instructions did not name before"
        for one in _find_addresses(plain)
        if one not in known
    ]
    found += [
        f"it lost the section that is to be kept: {section.strip()[:60]!r}"
        for section in FROZEN.findall(replaced)
        if f"<keep>{section}</keep>" not in text
    ]
    new = _leave_out(text, replaced)
    if turned := find_takeover(new, plain=unmask(new)):
        found.append(f"it speaks to the model about its instructions or role: {turned[:80]!r}")
    if redact(text) != text or redact(plain) != plain:
        found.append("it holds a secret or personal data")
    said = [unmask(one) for one in conversations]
    if copied := _find_copied(plain, replaced=unmask(replaced), conversations=said):
        found.append(f"it copies from a conversation: {copied[:80]!r}")
    return found


def _find_disguises(text: str, replaced: str) -> list[str]:
    """Say what in a text nobody sees, or reads as something else; lines of before are left out."""
    new = _leave_out(text, replaced)
    faults = (
        ("it holds an invisible character: {}", find_hidden(new)),
        ("a word mixes scripts: {!r}", find_mixed_word(new)),
        ("it spells a word letter by letter: {!r}", find_spelled(new)),
    )
    return [words.format(what) for words, what in faults if what]


def _leave_out(text: str, replaced: str) -> str:
    """Leave the lines out that stood there before."""
    before = {line.strip() for line in replaced.splitlines()}
    return "\n".join(line for line in text.splitlines() if line.strip() not in before)


def _find_addresses(text: str) -> dict[str, None]:
    """Find addresses, also those that are spelled out, in their order."""
    spelled = ATS.sub("@", DOTS.sub(".", text)).replace("hxxp", "http")
    return dict.fromkeys(one.rstrip(".,;:)\"'") for one in ADDRESS.findall(spelled))


def _find_copied(text: str, *, replaced: str, conversations: Sequence[str]) -> str:
    """Find what stands in a conversation too, and did not stand in the instructions before.

    That is a long run of words, a whole sentence however short, or a text put together from several pieces.
    """
    own = _runs(replaced)
    new = {run: shown for run, shown in _runs(text).items() if run not in own}
    for conversation in conversations:
        for run in _runs(conversation):
            if run in new:
                return new[run]
    return _find_parts(text, replaced, conversations) or _find_pieces(text, replaced, conversations)


def _find_parts(text: str, replaced: str, conversations: Sequence[str]) -> str:
    """Find a sentence that is a part of a conversation, or few parts of several that were put together."""
    own, said = _squeeze(replaced), [_squeeze(one) for one in conversations]
    for sentence in SENTENCE_ENDS.split(text):
        words = _squeeze(sentence)
        least = PART_CHARS if words.isascii() else PART_CHARS_UNSPACED
        most = min(MAX_PARTS, len(words) // least)
        if words not in own and _is_made_of(words, said, most):
            return sentence.strip()
    return ""


def _is_made_of(words: str, said: Sequence[str], most: int) -> bool:
    """Say whether at most so many parts of what was said give the words; each as long as possible."""
    for _ in range(most):
        words = words[max((_count_same(words, one) for one in said), default=0) :]
        if not words:
            return True
    return False


def _count_same(words: str, said: str) -> int:
    """Give how long the longest beginning of the words is that stands in a text."""
    return bisect_left(range(1, len(words) + 1), True, key=lambda n: words[:n] not in said)


def _squeeze(text: str) -> str:
    return "".join(_words(text))


def _find_pieces(text: str, replaced: str, conversations: Sequence[str]) -> str:
    """Say of which pieces a text was put together, where most of it stands in conversations."""
    words = _words(text)
    own, known = _pieces(_words(replaced)), set[tuple[str, ...]]()
    for one in conversations:
        known |= _pieces(_words(one))
    places = [
        n
        for n in range(len(words) - PIECE_WORDS + 1)
        if (piece := tuple(words[n : n + PIECE_WORDS])) in known and piece not in own
    ]
    covered = {n + k for n in places for k in range(PIECE_WORDS)}
    if len(covered) <= MAX_PIECES_SHARE * len(words):
        return ""
    return " ".join(words[n] for n in sorted(covered))


def _pieces(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[n : n + PIECE_WORDS]) for n in range(len(words) - PIECE_WORDS + 1)}


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


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
