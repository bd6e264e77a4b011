"""Does one of two alike texts deny what the other says? Enough to keep them apart, never to join them (pure).

Whether two answers mean the same is for a judge to say. Where none is asked, texts that share nearly all
words are taken for the same, and one small word more turns them round. So the words that deny in the
languages below only ever keep two texts apart; in a script of which none is known, every difference does.
"""

from collections import Counter

from upspiral.lexical.scripts import name_script
from upspiral.lexical.tokens import is_unspaced, split_runs

_WORDS = """
no not never none nothing nobody neither nor without cannot unable
kein keine keinen keinem keiner nicht nie niemals nichts ohne niet geen nooit zonder
non ne pas jamais sans aucun aucune rien senza nessun nessuna niente
sin nunca jamás nada ningún ninguna não sem nenhum nenhuma fără
inte ej ingen inget aldrig utan ikke ikkje ei eivät ilman nem nincs nélkül
bez nigdy nelze není değil yok hayır không chưa chẳng đừng tidak bukan belum tanpa jangan
не нет ни без нельзя никогда ничего ні немає няма нема
δεν μην μη όχι χωρίς ποτέ לא אין בלי אל ללא
لا لم لن ليس ليست غير بدون بلا دون ولا ولم ولن فلا نه نیست نہیں مت بغیر
नहीं नही न ना मत बिना नाही
"""
_PIECES = """
不 没 沒 無 无 未 非 勿 别 ない なく なかっ なけれ ません せず ずに
ไม่ มิได้ อย่า ห้าม ບໍ່ 않 없 못 아니 아닙 불가 មិន
"""
_HARMLESS = """
非常 不过 不過 不仅 不僅 不但 不同 不错 不錯 不断 不斷 特别 别人 个别 级别 类别 性别 区别 分别 告别
无论 無論 未来 未來 無料 无线 無線 少ない くださいませんか
"""
WORDS = frozenset(_WORDS.split())
"""Words that deny, of languages that put spaces between words."""
PIECES = tuple(_PIECES.split())
"""Pieces of words that deny, where no space ends a word."""
HARMLESS = tuple(_HARMLESS.split())
"""Words that hold such a piece and deny nothing."""
KNOWN_SCRIPTS = frozenset(
    (
        *("latin", "cyrillic", "greek", "hebrew", "arabic", "devanagari"),
        *("han or kana", "hangul", "thai", "lao", "khmer", "none"),
    )
)
"""Scripts that the words above are of."""
MAX_PREFIX_LETTERS = 3
"""Letters before a word that may deny it, such as un-, in-, ne- or не-."""
MIN_STEM_LETTERS = 4


def denies_otherwise(one: str, other: str) -> bool:
    """Say whether one of two texts may deny what the other says.

    >>> denies_otherwise("You can cancel it.", "You can not cancel it.")
    True
    >>> denies_otherwise("Вы можете вернуть его.", "Вы не можете вернуть его.")
    True
    >>> denies_otherwise("可以退款。", "不可以退款。"), denies_otherwise("可以退款。", "非常可以退款。")
    (True, False)
    >>> denies_otherwise("It is available.", "It is unavailable.")
    True
    >>> denies_otherwise("It takes 5 days.", "It takes just 5 days.")
    False
    """
    first, second = split_runs(one), split_runs(other)
    if _count(first) != _count(second):
        return True
    more, less = Counter(first) - Counter(second), Counter(second) - Counter(first)
    if not {name_script(one), name_script(other)} <= KNOWN_SCRIPTS:
        return bool(more or less)
    return any(_is_prefixed(a, b) or _is_prefixed(b, a) for a in more for b in less if not is_unspaced(a))


def _count(runs: list[str]) -> int:
    return sum(_count_pieces(run) if is_unspaced(run) else _is_denying(run) for run in runs)


def _is_denying(word: str) -> bool:
    return word in WORDS or word.endswith("n't") or word.startswith("n'")


def _count_pieces(run: str) -> int:
    for harmless in HARMLESS:
        run = run.replace(harmless, " ")
    return sum(run.count(piece) for piece in PIECES)


def _is_prefixed(whole: str, stem: str) -> bool:
    longer = len(whole) - len(stem)
    return len(stem) >= MIN_STEM_LETTERS and 0 < longer <= MAX_PREFIX_LETTERS and whole.endswith(stem)
