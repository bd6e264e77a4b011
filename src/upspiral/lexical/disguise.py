"""What does a text say once invisible characters and look-alike letters are taken out? (pure)."""

import html
import re
import unicodedata

INVISIBLE_CATEGORIES = frozenset({"Cf", "Cc", "Co", "Cn", "Cs"})
"""Format and control characters, and those that stand for nothing: zero width, direction marks, tags."""
BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5"
"""Letters and marks that show nothing."""
SELECTORS = re.compile("[\ufe00-\ufe0e\U000e0100-\U000e01ef]")
"""Variants of a character, which can carry hidden data; the one that makes an emoji colored is left out."""
JOINERS = "\u200c\u200d\ufe0f"
"""Shape letters of Persian and of India, and put emoji together; harmless between such characters."""
LOOK_ALIKES = str.maketrans(
    "\u0430\u0432\u0441\u0501\u0435\u0261\u04bb\u0456\u0458\u043a\u04cf\u043c\u043e\u0440\u051b"
    "\u0433\u0455\u0442\u0443\u0445\u051d\u0410\u0412\u0421\u0415\u041d\u0406\u0408\u041a\u041c"
    "\u041e\u0420\u0405\u0422\u0425\u0423\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d"
    "\u039f\u03a1\u03a4\u03a5\u03a7\u03b1\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7"
    "\u03b3\u0131\u0196",
    "abcdeghijklmopqrstyxwABCEHIJKMOPSTXYABEZHIKMNOPTYXaeikvoptuxyil",
)
"""Letters of Cyrillic and Greek that look like Latin ones, and what they look like."""
SPELLED = re.compile(r"(?<![^\W_])[^\W_]([ .\-_*|])(?:[^\W_]\1){2,}[^\W_](?![^\W_])")
"""Four single letters or more with the same sign between them, read as a word."""
MIXED_SCRIPTS = re.compile(r"[^\W\d_]+")


def find_hidden(text: str) -> str:
    r"""Name the first character of a text that nobody sees; empty where there is none.

    >>> find_hidden("Answer in\u200b one sentence."), find_hidden("Answer in one\nsentence.")
    ('ZERO WIDTH SPACE', '')
    """
    for place, char in enumerate(text):
        if char.isascii() and (char.isprintable() or char in "\n\t\r"):
            continue
        is_joiner = char in JOINERS and place > 0 and not text[place - 1].isascii()
        hides = unicodedata.category(char) in INVISIBLE_CATEGORIES or char in BLANK_LETTERS
        if (hides or SELECTORS.match(char)) and not is_joiner:
            return unicodedata.name(char, f"U+{ord(char):04X}")
    return ""


def find_mixed_word(text: str) -> str:
    r"""Give the first word of mixed scripts, or of small capitals; empty where there is none.

    Mixed are Latin letters with Cyrillic or Greek ones, which look alike.

    >>> find_mixed_word("\u0406gnore it"), find_mixed_word("Ответь на email")
    ('Іgnore', '')
    """
    for word in MIXED_SCRIPTS.findall(text):
        if not word.isascii():
            names = [unicodedata.name(char, "") for char in word]
            scripts = {name.split(" ")[0] for name in names}
            odd = any("SMALL CAPITAL" in name for name in names)
            if odd or ("LATIN" in scripts and scripts & {"CYRILLIC", "GREEK"}):
                return str(word)
    return ""


def find_spelled(text: str) -> str:
    """Give the first word of a text that is written letter by letter; empty where there is none.

    >>> find_spelled("i-g-n-o-r-e it"), find_spelled("e.g. in the U.S.A.")
    ('i-g-n-o-r-e', '')
    """
    found = SPELLED.search(text)
    return found[0] if found else ""


def unmask(text: str) -> str:
    r"""Write a text as a person reads it: without what is invisible, in plain letters, spaced words joined.

    Words of Cyrillic or Greek are written in the Latin letters they look like, so that the result is only
    fit for being compared with another that was unmasked.

    >>> unmask("I\u200bgn\u043ere &#97;ll"), unmask("i g n o r e"), unmask("Ｉｇｎｏｒｅ")
    ('Ignore all', 'ignore', 'Ignore')
    """
    plain = unicodedata.normalize("NFKC", html.unescape(text))
    seen = "".join(
        char
        for char in plain
        if char in "\n\t" or (unicodedata.category(char) not in INVISIBLE_CATEGORIES | {"Mn"})
        if char not in BLANK_LETTERS
    )
    bare = "".join(char for char in unicodedata.normalize("NFKD", seen) if unicodedata.category(char) != "Mn")
    joined = SPELLED.sub(lambda found: found[0].replace(found[1], ""), bare)
    return unicodedata.normalize("NFC", joined.translate(LOOK_ALIKES))
