"""Questions on one subject get one topic."""

from random import Random

from upspiral.curate.topics import REST_TOPIC, topics

SUBJECTS = {
    "parcel": ["parcel", "delivery", "tracking", "courier", "shipment"],
    "card": ["card", "payment", "declined", "bank", "charge"],
}


def _questions(rng: Random, subject: str, count: int) -> list[str]:
    return [" ".join(rng.sample(SUBJECTS[subject], 4)) for _ in range(count)]


def test_planted_subjects_are_told_apart_and_named_by_their_words() -> None:
    rng = Random(0)
    found = topics(_questions(rng, "parcel", 40) + _questions(rng, "card", 40))
    first, second = set(found[:40]) - {REST_TOPIC}, set(found[40:]) - {REST_TOPIC}
    assert first
    assert second
    assert not first & second
    assert any(word in " ".join(first) for word in SUBJECTS["parcel"])


def test_a_few_questions_are_no_topic_and_none_are_none() -> None:
    assert topics(["hello", "good morning"]) == [REST_TOPIC] * 2
    assert topics([]) == []


def test_the_same_questions_always_get_the_same_topics() -> None:
    questions = _questions(Random(1), "card", 30)
    assert topics(questions) == topics(list(questions))
