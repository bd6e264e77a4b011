"""Are texts of every script cut into what carries their meaning?"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upspiral.lexical import (
    count_words,
    join_runs,
    normalize,
    split_runs,
    to_content_terms,
    to_stems,
    to_terms,
)
from upspiral.lexical.tokens import is_unspaced, to_characters, tokenize

ANY_LETTER = st.characters(codec="utf-8", exclude_categories=["Cs"])
ANY_TEXT = st.text(alphabet=ANY_LETTER | st.sampled_from("退款คืนเงินरिफंड👍🏽\u200d"))


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("It's 1,500.50 EUR, isn't it?", ["it's", "1,500.50", "eur", "isn't", "it"]),
        ("दुकान कब खुलती है?", ["दुकान", "कब", "खुलती", "है"]),
        ("كَتَبَ الطَّلَب", ["كتب", "الطلب"]),
        ("שָׁלוֹם", ["שלום"]),
        ("iPhone手机30天", ["iphone", "手机", "30", "天"]),
        ("ร้านเปิดกี่โมง", ["ร้านเปิดกี่โมง"]),
        ("น้ำ", ["น้ำ"]),
        ("👍🏽👍 👩\u200d💻 ❤️ 🇩🇪🇫🇷", ["👍🏽", "👍", "👩\u200d💻", "❤", "🇩🇪", "🇫🇷"]),
        ("Ｗｉｆｉ ｶｰﾄﾞ", ["wifi", "カード"]),
        ("Straße", ["strasse"]),
        ("क्\u200dष", ["क्ष"]),
        ("?!… --", []),
    ],
)
def test_a_text_is_cut_into_words_runs_and_emoji(text: str, runs: list[str]) -> None:
    assert split_runs(text) == runs


@settings(max_examples=300, deadline=None)
@given(ANY_TEXT)
def test_whatever_is_written_cutting_it_again_changes_nothing(text: str) -> None:
    assert split_runs(join_runs(text)) == split_runs(join_runs(join_runs(text)))
    assert all(split_runs(text))
    assert count_words(text) >= 0
    assert len(tokenize(text)) >= len([run for run in split_runs(text) if not is_unspaced(run)])


@settings(max_examples=200, deadline=None)
@given(ANY_TEXT)
def test_characters_put_together_are_the_run(text: str) -> None:
    assert "".join(to_characters(text)) == text


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="ascii")))
def test_plain_english_is_cut_as_it_always_was(text: str) -> None:
    assert normalize(text) == text.lower()
    assert count_words(text) == len(text.split())


def test_terms_of_english_are_its_words_without_the_commonest() -> None:
    assert to_content_terms("Where is my gift voucher?") == ["gift", "voucher", "gift voucher"]
    assert to_terms("vitamin C", shortest=1) == ["vitamin", "c", "vitamin c"]
    assert to_terms("vitamin C", shortest=2) == ["vitamin"]


def test_forms_of_a_word_share_their_beginning_where_endings_change_it() -> None:
    assert to_stems("возврат") & to_stems("возврата") & to_stems("возвратов") == {"возвр"}
    assert to_stems("refund").isdisjoint(to_stems("refunded"))
    assert to_stems("деньги").isdisjoint(to_stems("посылка"))


def test_words_are_counted_where_no_space_says_how_many() -> None:
    assert count_words("退款什么时候到账？") == 4
    assert count_words("refund 退款 please") == 3
    assert count_words("где мой заказ") == 3
    assert count_words("👍 ок") >= 1
