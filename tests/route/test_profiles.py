"""Profiles of agents: counted, kept, taken over."""

import threading

import pytest
from tests.route.book import RUN, book

from upspiral.errors import InvalidInput
from upspiral.route.profiles import LoggedRun, Profile, ProfileBook, from_json, subtract_known, to_json


def test_what_a_file_holds_more_is_taken_over_and_counted_on() -> None:
    earlier = from_json(to_json(book(120).profiles))
    made = book(20)
    made.adopt(earlier)
    made.log_run(RUN)
    found = made.profiles["gpt"]
    assert (found.total_queries, found.domains["medical"].total_queries) == (121, 121)
    assert len(found.latency_history) == 100
    assert subtract_known({"gpt": Profile(3, 1)}, {"gpt": Profile(5, 5)})["gpt"].total_queries == 0


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"a": {"latency_history": [-1]}}', '{"a": 1}', '{"a": {"total_queries": -1}}', "\udc80"],
)
def test_what_is_no_metrics_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        from_json(text.encode("utf-8", "surrogateescape"))


def test_the_mean_latency_is_that_of_the_last_hundred() -> None:
    book = ProfileBook()
    for i in range(150):
        book.log_run(LoggedRun(("a", "b"), success=i % 2 == 0, latency_ms=float(i), domain="law"))
    found = book.profiles["a"]
    assert (found.total_queries, found.successful_queries, found.accuracy) == (150, 75, 0.5)
    assert found.avg_latency == pytest.approx(sum(range(50, 150)) / 100)
    assert found.domains["law"].total_queries == 150


def test_sixteen_threads_lose_no_run() -> None:
    book = ProfileBook()

    def work() -> None:
        for _ in range(200):
            book.log_run(LoggedRun(("a",), success=True))

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert book.profiles["a"].total_queries == 3_200


def test_profiles_come_back_from_their_file_as_they_were() -> None:
    book = ProfileBook()
    for i in range(20):
        book.log_run(LoggedRun(("a", "b"), success=i % 3 == 0, latency_ms=10.0 * i, domain="law"))
    assert from_json(to_json(book.profiles)) == book.profiles


def test_the_documents_own_file_can_be_read() -> None:
    text = '{"gpt-4o-mini": {"total_queries": 100, "successful_queries": 85, "avg_latency": 1245.0}}'
    assert from_json(text)["gpt-4o-mini"].accuracy == 0.85


@pytest.mark.parametrize(
    "text", ["", "[]", '{"a": 3}', '{"a": {"total_queries": 1, "successful_queries": 2}}', b"\xff"]
)
def test_a_broken_file_is_refused_with_a_reason(text: str | bytes) -> None:
    with pytest.raises(InvalidInput, match=r"metrics cannot be read|more successes"):
        from_json(text)
