"""Is everything that rests on words as good in every script: agreement, duplicates, likeness, search?"""

import pytest
from tests.lexical.corpus import CORPORA

from upspiral.analyze.similarity_index import Likeness
from upspiral.curate.deduplicate import near_duplicates, normalise_question
from upspiral.domain import Message
from upspiral.scorers import Agreement, Exact

LANGUAGES = sorted(CORPORA)


def _asked(text: str) -> str:
    return normalise_question([Message("user", text)])


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_in_nearly_the_same_words_agree(language: str) -> None:
    scorer = Agreement()
    for one, other in CORPORA[language].same:
        for first, second in ((one, other), (other, one)):
            score = scorer.score("", first, second)
            assert score.value >= scorer.success_at, (first, second, score)


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_that_differ_do_not_agree(language: str) -> None:
    scorer = Agreement()
    for one, other in CORPORA[language].different:
        for first, second in ((one, other), (other, one)):
            score = scorer.score("", first, second)
            assert score.value < scorer.success_at, (first, second, score)
            assert Exact().score("", first, second).value == 0.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_written_otherwise_is_the_same_and_another_is_not(language: str) -> None:
    for one, other in CORPORA[language].duplicates:
        assert _asked(one) == _asked(other) != ""
    for one, other in CORPORA[language].distinct:
        assert _asked(one) != _asked(other)
        assert not near_duplicates([_asked(one), _asked(other)], threshold=0.8), (one, other)


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "emoji"])
def test_a_small_word_more_leaves_a_long_question_a_near_duplicate(language: str) -> None:
    corpus = CORPORA[language]
    long = ", ".join(corpus.parcel)
    assert near_duplicates([_asked(long), _asked(corpus.greetings[1] + long)], threshold=0.8) == [(0, 1)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_question_is_empty_once_it_is_normalized_and_that_once_is_enough(language: str) -> None:
    corpus = CORPORA[language]
    for text in (*corpus.refund, *corpus.hours, *corpus.parcel, *corpus.account):
        assert _asked(text)
        assert _asked(_asked(text)) == _asked(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_search_finds_what_is_about_the_same_before_anything_else(language: str) -> None:
    corpus = CORPORA[language]
    topics = {"refund": corpus.refund, "hours": corpus.hours, "parcel": corpus.parcel}
    ids = [f"{name} {n}" for name, texts in topics.items() for n, _ in enumerate(texts)]
    seen = Likeness(ids, [text for texts in topics.values() for text in texts])
    assert seen.most_like(corpus.refund[1], limit=1)[0][0] == "refund 1"
    found = [name for name, _ in seen.most_like(corpus.named[0], limit=4)]
    assert len(found) == 4
    assert all(name.startswith("refund") for name in found)
