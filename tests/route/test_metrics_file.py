"""The file of profiles that others read."""

import json
import threading
from pathlib import Path

from tests.route.book import RUN, book

from upspiral.route.metrics_file import MetricsFile
from upspiral.route.profiles import LoggedRun, ProfileBook, from_json, to_json


def test_sixteen_threads_that_log_runs_and_write_lose_nothing(tmp_path: Path) -> None:
    made, file = ProfileBook(), MetricsFile(tmp_path / "metrics.json")

    def work(number: int) -> None:
        for i in range(100):
            made.log_run(LoggedRun((f"m{number % 3}", "all of them"), i % 4 > 0, float(i), f"d{i % 2}"))
            file.offer(made.profiles, at_once=i % 25 == 0)
            from_json(file.path.read_bytes())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = made.profiles["all of them"]
    assert (found.total_queries, found.successful_queries) == (1600, 1200)
    assert {name: cell.total_queries for name, cell in found.domains.items()} == {"d0": 800, "d1": 800}
    assert sum(made.profiles[f"m{i}"].total_queries for i in range(3)) == 1600
    file.offer(made.profiles, at_once=True)
    assert file.read() == made.profiles


def test_the_file_has_the_fields_of_the_document(tmp_path: Path) -> None:
    file = MetricsFile(tmp_path / "deep" / "metrics.json")
    file.offer(book(3).profiles)
    said = json.loads(file.path.read_text())["gpt"]
    assert said["total_queries"] == said["successful_queries"] == 3
    assert (said["accuracy"], said["avg_latency"]) == (1.0, 1250.0)
    assert said["latency_history"] == [1250.0] * 3
    assert said["domains"]["medical"]["total_queries"] == 3


def test_it_is_written_at_most_once_a_second_and_when_it_closes(tmp_path: Path) -> None:
    made, file = ProfileBook(), MetricsFile(tmp_path / "metrics.json")
    made.log_run(RUN)
    file.offer(made.profiles)
    made.log_run(RUN)
    file.offer(made.profiles)
    assert file.read()["gpt"].total_queries == 1
    file.offer(made.profiles, at_once=True)
    assert file.read()["gpt"].total_queries == 2
    assert [one.name for one in tmp_path.iterdir()] == ["metrics.json"]


def test_a_file_that_nobody_wants_is_not_made(tmp_path: Path) -> None:
    file = MetricsFile(tmp_path / "profiles.json", wanted=False)
    file.offer(book(1).profiles, at_once=True)
    assert not file.path.exists()


def test_a_broken_file_is_moved_aside_and_a_missing_one_is_empty(tmp_path: Path) -> None:
    file = MetricsFile(tmp_path / "metrics.json")
    assert file.read() == {}
    file.path.write_text('{"gpt": {"total_queries": 1, "successful_queries": 2}}')
    assert file.read() == {}
    assert (tmp_path / "metrics.unreadable").exists()


def test_a_disk_that_refuses_does_not_stop_anything(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("of someone else")
    MetricsFile(tmp_path / "file" / "metrics.json").offer(book(1).profiles, at_once=True)
    assert (tmp_path / "file").read_text() == "of someone else"


def test_reading_the_own_file_again_counts_nothing_twice() -> None:
    made = book(150)
    file = from_json(to_json(made.profiles))
    made.adopt(file)
    made.adopt(file)
    assert made.profiles["gpt"] == file["gpt"]
