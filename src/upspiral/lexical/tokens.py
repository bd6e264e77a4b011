"""Which words does a text hold, whatever script it is in? (pure)."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import cache
from itertools import pairwise

from upspiral.lexical.scripts import EMOJI, MODIFIERS, UNSPACED, compile_unspaced, find_marks

WORD_GRAMS = (1, 2)
"""Lengths of the pieces into which a script without spaces is cut where two texts are compared."""
TERM_GRAMS = (2, 3)
"""The same where texts are searched or grouped: single characters say too little there."""
STEM_CHARACTERS = 5
"""Characters by which the forms of a word are one, where endings change it; a longer word is needed."""
CHARACTERS_A_WORD = 2
"""Characters of a script without spaces that are counted as one word."""
INVISIBLE = dict.fromkeys(
    map(ord, "\u00ad\u0640\u200b\u200c\u200e\u200f\u2060\ufe0e\ufe0f\ufeff"), None
) | dict.fromkeys([*range(0x610, 0x61B), *range(0x64B, 0x660), 0x670, *range(0x6D6, 0x6EE)], None)
"""Characters that change no word: soft hyphens, joiners, variation selectors, Arabic vowels."""
HEBREW_POINTS = dict.fromkeys(range(0x591, 0x5C8), None)
RECOMPOSED = (("\u0e4d\u0e32", "\u0e33"), ("\u0ecd\u0eb2", "\u0eb3"))
"""Thai and Lao vowels that normalization takes apart."""
_ASCII = re.compile(r"\w+(?:'\w+)*(?:[.,]\d+)*")
_JOINER = re.compile(rf"\u200d(?![{EMOJI}])")
"""Between letters it says how they are drawn; between emoji it makes one of two."""
_HAS_ASCII = re.compile(r"[\x00-\x7f]")
_DIGIT = re.compile(r"(?![0-9])\d")


def normalize(text: str) -> str:
    """Write what is the same word the same way: case, width, digits of other scripts, optional vowels.

    >>> normalize("ＡＢＣ ٣٠ كَتَبَ It\u2019s")
    "abc 30 كتب it's"
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    for apart, whole in RECOMPOSED:
        plain = plain.replace(apart, whole)
    plain = _JOINER.sub("", plain.translate(INVISIBLE).translate(HEBREW_POINTS))
    return _DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), plain)


def split_runs(text: str) -> list[str]:
    """Cut a text into words, runs of characters of scripts without spaces, and emoji, in their order.

    >>> split_runs("It's 3.5 kg, Wi-Fi!"), split_runs("退款要30天吗?"), split_runs("दुकान कब")
    (["it's", '3.5', 'kg', 'wi', 'fi'], ['退款要', '30', '天吗'], ['दुकान', 'कब'])
    """
    plain = normalize(text)
    return (_ASCII if plain.isascii() else _any_script()).findall(plain)


def join_runs(text: str) -> str:
    """Write a text with one space between words and none where none belongs: the same for the same words.

    >>> join_runs("Where's  my PARCEL?"), join_runs("退款，什么时候 到账？30天")
    ("where's my parcel", '退款什么时候到账 30 天')
    """
    joined, before = "", False
    for run in split_runs(text):
        unspaced = is_unspaced(run)
        joined += run if not joined or (unspaced and before) else f" {run}"
        before = unspaced
    return joined


def tokenize(text: str) -> tuple[str, ...]:
    """Give what two texts are compared by: whole words, and pieces of one and two characters elsewhere.

    >>> tokenize("Where's my parcel?"), tokenize("退款?"), tokenize("👍🏽 ok")
    (("where's", 'my', 'parcel'), ('退', '款', '退款'), ('👍🏽', 'ok'))
    """
    return tuple(piece for run in split_runs(text) for piece in _cut_run(run, WORD_GRAMS, alone=True))


def to_terms(text: str, *, shortest: int = 1, without: Collection[str] = (), pairs: bool = True) -> list[str]:
    """Give what texts are searched and grouped by: words and pairs of words, and pieces of characters.

    Pieces are those of scripts without spaces, and the beginnings of long words of scripts other than Latin,
    so that the forms of a word have something in common.

    Args:
        text: Of any script.
        shortest: Letters that a word must have; pieces and emoji have no such limit.
        without: Words that say nothing, such as the commonest of a language; they stand between no pair.
        pairs: Are two words that follow each other a term, too?

    >>> to_terms("Don't send the voucher", shortest=2, without={"the"})
    ['don', 'send', 'voucher', 'don send', 'send voucher']
    >>> to_terms("退款 30天")
    ['退款', '天', '30']
    >>> to_terms("Статус возврата", pairs=False)
    ['стату', 'возвр', 'статус', 'возврата']
    """
    words: list[str] = []
    pieces: list[str] = []
    for run in split_runs(text):
        if run.isascii() or not _is_unspaced(run):
            parts = [part for part in re.split(r"[.,']", run) if len(part) >= shortest or _is_emoji(part)]
            words += [part for part in parts if part not in without]
            pieces += [stem for part in parts if (stem := to_stem(part)) != part]
        else:
            pieces += _cut_run(run, TERM_GRAMS, alone=False)
    joined = [f"{one} {other}" for one, other in pairwise(words)] if pairs else []
    return [*pieces, *words, *joined] if pieces else [*words, *joined]


def to_stems(text: str) -> frozenset[str]:
    """Give the words of a text, long ones of scripts other than Latin by their beginning.

    So texts are compared by their words where another form of a word is the same word.

    >>> sorted(to_stems("Статус возвратов")), sorted(to_stems("Gift vouchers"))
    (['возвр', 'стату'], ['gift', 'vouchers'])
    """
    terms = to_terms(text, pairs=False)
    return frozenset(term for term in terms if to_stem(term) == term)


def to_stem(word: str) -> str:
    """Give the beginning of a long word that holds no Latin letter; any other word as it is."""
    if len(word) <= STEM_CHARACTERS or _HAS_ASCII.search(word) or _is_unspaced(word):
        return word
    characters = to_characters(word)
    return word if len(characters) <= STEM_CHARACTERS else "".join(characters[:STEM_CHARACTERS])


def count_words(text: str) -> int:
    """Count the words of a text; where no space ends a word, two characters are taken for one.

    >>> count_words("Where is it?"), count_words("退款什么时候到账？"), count_words("")
    (3, 4, 0)
    """
    if text.isascii():
        return len(text.split())
    runs = [run for run in split_runs(text) if _is_unspaced(run)]
    spaced = compile_unspaced().sub(" ", text) if runs else text
    words = sum(any(map(str.isalnum, word)) for word in spaced.split()) if runs else len(text.split())
    return words + sum(-(-len(to_characters(run)) // CHARACTERS_A_WORD) for run in runs)


def to_characters(run: str) -> list[str]:
    """Cut a run into what a reader calls its characters: vowel signs and tones stay with their letter.

    >>> to_characters("คืนเงิน")
    ['คื', 'น', 'เ', 'งิ', 'น']
    """
    return _character().findall(run)


def is_unspaced(text: str) -> bool:
    """Say whether any of it is of a script in which no space ends a word.

    >>> is_unspaced("退款 refund"), is_unspaced("refund")
    (True, False)
    """
    return not text.isascii() and _is_unspaced(text)


def _is_unspaced(text: str) -> bool:
    return compile_unspaced().search(text) is not None


def _is_emoji(run: str) -> bool:
    return bool(run) and not run.isascii() and not run[0].isalnum()


def to_content_terms(text: str) -> list[str]:
    """Give the terms of a text without the commonest words of English; other languages need no list.

    What groups are found and named by is weighed by how much oftener it stands in some texts than in others,
    so that common words count for little in any language.

    >>> to_content_terms("Where is the gift voucher?")
    ['gift', 'voucher', 'gift voucher']
    """
    return to_terms(text, shortest=2, without=_common_words())


@cache
def _common_words() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)


def _cut_run(run: str, lengths: Sequence[int], *, alone: bool) -> list[str]:
    """Cut a run of a script without spaces into all its pieces of some lengths; any other is left whole."""
    if run.isascii() or not _is_unspaced(run):
        return [run]
    characters = to_characters(run)
    if len(characters) == 1 or (not alone and len(characters) < min(lengths)):
        return [run]
    return [
        "".join(characters[start : start + length])
        for length in lengths
        for start in range(len(characters) - length + 1)
    ]


@cache
def _any_script() -> re.Pattern[str]:
    marks = find_marks()
    letter = rf"(?:(?![{UNSPACED}])[\w{marks}])"
    emoji = rf"[\U0001f1e6-\U0001f1ff]{{2}}|[{EMOJI}][{MODIFIERS}]?(?:\u200d[{EMOJI}][{MODIFIERS}]?)*"
    return re.compile(rf"{letter}+(?:'{letter}+)*(?:[.,]\d+)*|[{UNSPACED}]+|{emoji}")


@cache
def _character() -> re.Pattern[str]:
    return re.compile(f"[^{find_marks()}]?[{find_marks()}]+|.", re.DOTALL)
