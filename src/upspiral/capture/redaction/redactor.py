"""What never reaches the disk? Secrets and personal data, each replaced by a pseudonym that can be joined."""

import hmac
import re
from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import lru_cache
from typing import Any

from upspiral.capture.redaction.json import hide_in_json
from upspiral.capture.redaction.matching import (
    CANDIDATE_UNITS,
    ESCAPED_CHARACTER,
    LABEL,
    MATCH_ALL_PATTERN,
    Effort,
    Span,
    TooDense,
    as_bytes,
    as_text,
    compile_rule,
    found_by,
    own_rule,
    prefilter,
    splice,
)
from upspiral.capture.redaction.personal import PERSONAL_RULES
from upspiral.capture.redaction.phones import phone_rules
from upspiral.capture.redaction.rebuild import (
    Texts,
    rebuild_feedback,
    rebuild_interaction,
    rebuild_span,
    texts_of,
    texts_of_feedback,
    texts_of_span,
)
from upspiral.capture.redaction.rule import RedactionRule
from upspiral.capture.redaction.secret_values import match_assigned
from upspiral.capture.redaction.secrets import SECRET_NAME, SECRET_RULES
from upspiral.domain import Feedback, Interaction
from upspiral.domain.span import Span as TraceSpan
from upspiral.errors import ConfigError

RULES = (*SECRET_RULES, *PERSONAL_RULES, *phone_rules())
"""What is hidden where nothing else was said, the first having precedence."""
KEY_BYTES = 16
KEPT_COMPILED = 8
"""Sets of rules, as installations have one or a few; compiling one takes a tenth of a second and some MB."""
ROUNDS = 10
EFFORT_UNITS, EFFORT_PER_CHAR, MAX_EFFORT_UNITS = 20_000, 10, 160_000
"""What may be spent on a text: at least, for each of its characters, and at most; up to 0.5 s of CPU."""
SHORTEN_FACTOR = 4
"""By so much is a text shortened that cannot be checked as a whole."""
MARGIN_CHARS = 300
"""Hidden before the place where checking ended, so that nothing that was cut in two stays in clear."""
PSEUDONYM = re.compile(rf"\[{LABEL.pattern}:[0-9a-f]{{12}}\]".encode())

SEPARATOR = "\n\0\n"
"""Between texts that are looked at together: `^` and `$` match beside it. As it is no blank, the last word of
one text and the first of the next are not read as one phrase, such as "token" and a long id."""
MINTED_ID = re.compile(r"(?:int_)?(?=[0-9]*[a-f])[0-9a-f]{16,32}")
"""Ids made by a program, such as trace ids: letters among the digits, so no card or phone number."""
MINTED_CHARS = range(16, 37)
"""How long such an id is; asked first, as nearly all texts are shorter or longer."""


@dataclass(frozen=True, slots=True, eq=False)
class PatternRedactor:
    """Hides secrets and personal data; pure, and safe to share between threads.

    The same thing always gets the same pseudonym, such as ``[email:3f2a9c01d4e5]``, for as long as the key
    is the same. Nothing is hidden twice: redacting what was redacted changes nothing.

    Args:
        key: At least 16 random bytes; who has it can test guesses against a pseudonym.
        rules: What is hidden, the first having precedence.
        extra: Your own label, a lower-case word, to your own RE2 pattern; they precede the rules. Where the
            pattern has a group, only the group is hidden. ``^`` and ``$`` are the ends of the text.

    Raises:
        ConfigError: The key is too short, or a label or pattern cannot be used.
    """

    key: bytes = field(repr=False)
    _: KW_ONLY
    rules: tuple[RedactionRule, ...] = field(default=RULES, repr=False)
    extra: Mapping[str, str] = field(default_factory=dict)
    _all: tuple[tuple[RedactionRule, Any], ...] = field(init=False, repr=False)
    _set: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.key) < KEY_BYTES:
            raise ConfigError(
                f"The redaction key has {len(self.key)} bytes.", hint=f"Give it {KEY_BYTES} or more."
            )
        rules = (*(own_rule(label, pattern) for label, pattern in self.extra.items()), *self.rules)
        patterns, hints = _compile(rules)
        object.__setattr__(self, "_all", patterns)
        object.__setattr__(self, "_set", hints)

    def text(self, text: str) -> str:
        """Hide what must be hidden in a text; the same object where nothing was."""
        return self._hide_bounded("", text)

    def texts(self, texts: list[str]) -> list[str]:
        """Hide in many texts at the price of one look at them all; the same list where nothing was hit."""
        return self._hide_each(Texts(texts, {})) or texts

    def interaction(self, interaction: Interaction) -> Interaction:
        """Hide in everything said, called, named and noted; the same object where nothing was hit."""
        return self.interactions([interaction])[0]

    def interactions(self, given: list[Interaction]) -> list[Interaction]:
        """Hide in many Interactions at the price of one look at them all, where nothing is hit.

        A look lets other threads run and waits for its turn afterwards, so one for each would cost much more.
        """
        texts = [texts_of(one) for one in given]
        hidden = list(given)
        for place in self._suspects([_join(one) for one in texts]):
            if new := self._hide(texts[place]):
                hidden[place] = rebuild_interaction(given[place], iter(new))
        return hidden

    def feedback(self, feedback: Feedback) -> Feedback:
        """Hide in everything said and named in a signal; the same object where nothing was hit."""
        new = self._hide_each(texts_of_feedback(feedback))
        return rebuild_feedback(feedback, iter(new)) if new else feedback

    def step(self, span: TraceSpan) -> TraceSpan:
        """Hide in everything named and noted in a step; the same object where nothing was hit."""
        new = self._hide_each(texts_of_span(span))
        return rebuild_span(span, iter(new)) if new else span

    def _hide_each(self, texts: Texts) -> list[str] | None:
        """Give all the values with what must be hidden replaced; None where none changed."""
        return self._hide(texts) if self._hits(as_bytes(_join(texts))) else None

    def _hide(self, texts: Texts) -> list[str] | None:
        """The same, with a look at each value."""
        new = [
            value if not value or (not name and _is_minted(value)) else self._hide_bounded(name, value)
            for name, value in texts
        ]
        return new if any(a is not b for a, (_, b) in zip(new, texts, strict=True)) else None

    def _suspects(self, texts: list[str], first: int = 0) -> Iterator[int]:
        """Give the numbers of the texts in which a rule may match, by halving those that do."""
        if not texts or not self._hits(as_bytes(SEPARATOR.join(texts))):
            return
        if len(texts) == 1:
            yield first
            return
        half = len(texts) // 2
        yield from self._suspects(texts[:half], first)
        yield from self._suspects(texts[half:], first + half)

    def _hits(self, data: bytes) -> list[int]:
        """Number the rules that may match; one past the last stands for escaped JSON."""
        found = self._set.Match(data)
        if not found:
            return list(range(len(self._all) + 1))
        anyway = len(self._all) + 1
        return sorted(number for number in found if number != anyway)

    def _hide_bounded(self, name: str, value: str) -> str:
        """Hide within a value; where it holds too much to look at, the rest of it is hidden as a whole."""
        checked = value
        while True:
            effort = Effort(min(EFFORT_UNITS + EFFORT_PER_CHAR * len(checked), MAX_EFFORT_UNITS))
            try:
                new = self._hide_repeatedly(name, checked, effort)
            except TooDense:
                checked = checked[: len(checked) // SHORTEN_FACTOR]
            else:
                break
        if checked is value:
            return new
        kept = new[:-MARGIN_CHARS]
        if kept.rfind("[") > kept.rfind("]"):
            kept = kept[: kept.rfind("[")]  # not half a pseudonym
        return f"{kept} [not checked, so hidden: {len(value) - len(checked)} characters]"

    def _hide_repeatedly(self, name: str, value: str, effort: Effort) -> str:
        # hiding one thing may uncover another, such as a number that touched it
        for _ in range(ROUNDS):
            new = self._hide_once(name, value, effort)
            if new == value:
                break
            value = new
        return value

    def _hide_once(self, name: str, value: str, effort: Effort) -> str:
        effort.spend(CANDIDATE_UNITS)
        data = as_bytes(value)
        hits = self._hits(as_bytes(f"{name}=\n") + data if name else data)
        if not hits:
            return value
        if name and SECRET_NAME.search(name) and not PSEUDONYM.search(data) and any(match_assigned(value)):
            return self._pseudonym("secret", value).decode()
        if value.lstrip()[:1] in ("{", "[", '"'):
            new = hide_in_json(value, lambda name, inner: self._hide_once(name, inner, effort))
            if new is not None:
                return new
        return as_text(splice(data, self._spans(name, data, hits, effort=effort)))

    def _spans(self, name: str, data: bytes, hits: list[int], *, effort: Effort) -> list[Span]:
        taken = [(m.start(), m.end(), m[0]) for m in PSEUDONYM.finditer(data)] if b"[" in data else []
        known = list(taken)
        prefix = as_bytes(f"{name}=") if name else b""
        for number in hits:
            if number == len(self._all):
                continue
            rule, pattern = self._all[number]
            before = len(prefix) if rule.keyed else 0
            searched = prefix + data if before else data

            def hidden(start: int, end: int, *, before: int = before) -> bool:
                at = bisect(known, (start - before, len(data), b""))
                return at > 0 and end - before <= known[at - 1][1]

            for start, end, same in found_by(rule, pattern, searched, effort=effort, hidden=hidden):
                a, b = start - before, end - before
                at = bisect(taken, (a, b, b""))
                free = (at == 0 or taken[at - 1][1] <= a) and (at == len(taken) or b <= taken[at][0])
                if a >= 0 and free:
                    taken.insert(at, (a, b, self._pseudonym(rule.label, same)))
        return taken

    def _pseudonym(self, label: str, same: str) -> bytes:
        digest = hmac.digest(self.key, as_bytes(f"{label}:{same}"), "sha256").hex()
        return f"[{label}:{digest[:12]}]".encode()


@lru_cache(maxsize=KEPT_COMPILED)
def _compile(rules: tuple[RedactionRule, ...]) -> tuple[tuple[tuple[RedactionRule, Any], ...], Any]:
    """Compile rules once for all workspaces, whose redactors differ in their keys only."""
    patterns = tuple((rule, compile_rule(rule)) for rule in rules)  # first: its errors name the rule
    return patterns, prefilter([*(rule.hint for rule in rules), ESCAPED_CHARACTER, MATCH_ALL_PATTERN])


def _join(texts: Texts) -> str:
    """Put texts into one to be looked at.

    A made id stands as letters, for its digits look like a phone number's; a telling name still counts.
    """
    found = [*filter(None, texts.plain), *filter(None, texts.noted)]
    shown = [_show(text) if len(text) in MINTED_CHARS else text for text in found]
    for name, value in texts.noted.items():
        if value:
            shown.append(f"{name}=\n{_show(value)}")
    return SEPARATOR.join(shown)


def _show(text: str) -> str:
    return "a" * len(text) if _is_minted(text) else text


def _is_minted(value: str) -> bool:
    return len(value) in MINTED_CHARS and MINTED_ID.fullmatch(value) is not None
