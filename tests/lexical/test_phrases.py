"""Do pieces of characters become what a person reads?"""

from upspiral.lexical import to_phrases


def test_a_piece_grows_as_far_as_the_texts_go_on_alike() -> None:
    texts = ["营业时间是什么", "周末的营业时间", "请问营业时间", "营业时间查询"]
    assert to_phrases(["业时", "时间"], texts) == ("营业时间",)


def test_a_piece_does_not_grow_where_every_text_goes_on_otherwise() -> None:
    texts = ["怎么退款", "退款多久", "我要退款了", "退款失败"]
    assert to_phrases(["退款"], texts) == ("退款",)


def test_vowel_signs_stay_with_their_letter() -> None:
    texts = ["ขอคืนเงินครับ", "การคืนเงินช้า", "คืนเงินเมื่อไหร่", "อยากคืนเงิน"]
    assert to_phrases(["นเงิ"], texts) == ("คืนเงิน",)


def test_words_with_spaces_stay_and_their_beginnings_grow_to_words() -> None:
    assert to_phrases(["gift voucher", "code"], ["gift voucher code"]) == ("gift voucher", "code")
    texts = ["посылка не пришла", "где посылка", "жду посылку", "моя посылка"]
    assert to_phrases(["посыл", "посылку"], texts) == ("посылка",)


def test_a_piece_that_no_text_holds_stays_as_it_is() -> None:
    assert to_phrases(["退款"], []) == ("退款",)
    assert to_phrases(["возвр"], []) == ("возвр",)
