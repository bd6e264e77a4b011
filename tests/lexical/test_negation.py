"""Is a denial told in every listed language, and is nothing taken for one that is none?"""

import pytest

from upspiral.lexical import denies_otherwise
from upspiral.lexical.negation import HARMLESS, PIECES

DENIED = [
    ("You can return it.", "You can't return it."),
    ("It is possible to return it.", "It is impossible to return it."),
    ("Sie können es zurückgeben.", "Sie können es nicht zurückgeben."),
    ("Das ist ein Fehler.", "Das ist kein Fehler."),
    ("Vous pouvez le rendre.", "Vous ne pouvez pas le rendre."),
    ("Puede devolverlo.", "No puede devolverlo."),
    ("Você pode devolver.", "Você não pode devolver."),
    ("Può restituirlo.", "Non può restituirlo."),
    ("Możesz to zwrócić.", "Nie możesz tego zwrócić."),
    ("Můžete to vrátit.", "Nemůžete to vrátit."),
    ("U kunt het ruilen.", "U kunt het niet ruilen."),
    ("Du kan byta den.", "Du kan inte byta den."),
    ("Bu mümkün.", "Bu mümkün değil."),
    ("Bạn có thể đổi.", "Bạn không thể đổi."),
    ("Anda bisa menukarnya.", "Anda tidak bisa menukarnya."),
    ("Вы можете вернуть.", "Вы не можете вернуть."),
    ("Ви можете повернути.", "Ви не можете повернути."),
    ("Μπορείτε να το επιστρέψετε.", "Δεν μπορείτε να το επιστρέψετε."),
    ("אפשר להחזיר.", "לא אפשר להחזיר."),
    ("يمكنك إرجاعه.", "لا يمكنك إرجاعه."),
    ("آپ واپس کر سکتے ہیں", "آپ واپس نہیں کر سکتے ہیں"),
    ("आप लौटा सकते हैं", "आप नहीं लौटा सकते हैं"),
    ("可以退款", "不可以退款"),
    ("我们收到了", "我们没有收到"),
    ("返品できます", "返品できません"),
    ("必要です", "必要ではない"),
    ("환불됩니다", "환불되지 않습니다"),
    ("คืนได้", "คืนไม่ได้"),
]


@pytest.mark.parametrize(("one", "other"), DENIED)
def test_a_denial_keeps_two_texts_apart(one: str, other: str) -> None:
    assert denies_otherwise(one, other)
    assert denies_otherwise(other, one)
    assert not denies_otherwise(one, one)
    assert not denies_otherwise(other, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It takes 5 days.", "It takes just 5 days."),
        ("Refunds go to your card.", "Refunds go to the card."),
        ("我们非常抱歉", "我们抱歉"),
        ("特别优惠", "优惠"),
        ("送料無料です", "送料はただです"),
        ("Возврат придёт завтра.", "Возврат придёт уже завтра."),
        ("สินค้าใหม่มาแล้ว", "สินค้ามาแล้ว"),
    ],
)
def test_what_denies_nothing_does_not(one: str, other: str) -> None:
    assert not denies_otherwise(one, other)


def test_in_a_script_of_which_nothing_is_known_every_difference_keeps_apart() -> None:
    assert denies_otherwise("პაკეტი მოვიდა დღეს", "პაკეტი არ მოვიდა დღეს")
    assert denies_otherwise("பணம் வரும்", "பணம் வராது")
    assert not denies_otherwise("பணம் வரும்", "பணம்  வரும்!")


def test_each_harmless_word_holds_a_piece_that_would_deny() -> None:
    assert all(any(piece in word for piece in PIECES) for word in HARMLESS)
