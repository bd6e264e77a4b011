"""Several who write the same at the same moment on PostgreSQL count it once, and nobody's word is lost."""

import threading
from collections.abc import Callable

from tests.conftest import START, Maker, fresh_database

from upspiral.capture import CaptureSettings, erase, give_feedback, record, recount
from upspiral.domain.ids import DEFAULT_WORKSPACE, ErasureId
from upspiral.errors import NotFound
from upspiral.store import Store

SETTINGS = CaptureSettings()
CREW = 6


def at_once(store: Store, *pieces: Callable[[], object]) -> list[Exception]:
    """Do pieces in threads that begin together; give what went wrong."""
    start, errors = threading.Barrier(len(pieces)), list[Exception]()

    def do(piece: Callable[[], object]) -> None:
        start.wait()
        try:
            store.database.with_retry(piece)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=do, args=(piece,)) for piece in pieces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_what_several_record_at_once_is_counted_once(postgres_url: str, make: Maker) -> None:
    with Store(fresh_database(postgres_url)) as store:
        store.upgrade()
        for size in (1, 5, 30):
            same = [make.interaction(error="boom" if i % 2 else None) for i in range(size)]
            pieces = [lambda order=same[:: 1 - 2 * (n % 2)]: record(store, *order) for n in range(CREW)]
            assert at_once(store, *pieces) == []
        assert store.interactions.total(DEFAULT_WORKSPACE) == 36
        assert store.rollups.sums(DEFAULT_WORKSPACE, "workspace", None)[0]["n"] == 36
        assert recount(store, DEFAULT_WORKSPACE).mended == 0


def test_what_several_say_at_once_of_the_same_is_all_heard_and_counted_once(
    postgres_url: str, make: Maker
) -> None:
    with Store(fresh_database(postgres_url)) as store:
        store.upgrade()
        for size in (1, 4, 20):
            same = [make.interaction() for _ in range(size)]
            record(store, *same)
            words = [[make.feedback(one, 1.0, rater=f"r{n}") for one in same] for n in range(CREW)]
            pieces = [
                lambda said=said[:: 1 - 2 * (n % 2)]: give_feedback(
                    store, said, settings=SETTINGS, now=make.now
                )
                for n, said in enumerate(words)
            ]
            assert at_once(store, *pieces) == []
            heard = store.outcomes.of(DEFAULT_WORKSPACE, [one.id for one in same])
            assert {len(outcome.signals) for outcome in heard.values()} == {CREW}
        assert store.rollups.sums(DEFAULT_WORKSPACE, "workspace", None)[0]["successes"] == 25
        assert recount(store, DEFAULT_WORKSPACE).mended == 0


def test_nothing_is_left_of_a_person_who_is_judged_while_erased(postgres_url: str, make: Maker) -> None:
    with Store(fresh_database(postgres_url)) as store:
        store.upgrade()
        for number in range(8):
            about = make.interaction(end_user=f"u{number}")
            record(store, about)
            signal = make.feedback(about, 1.0, comment="It was me.")

            def judge(signal=signal) -> None:  # type: ignore[no-untyped-def]
                give_feedback(store, [signal], settings=SETTINGS, now=make.now)

            def forget(number: int = number) -> None:
                erase(
                    store,
                    DEFAULT_WORKSPACE,
                    end_user=f"u{number}",
                    now=START,
                    ident=ErasureId(f"e{number}"),
                    settings=SETTINGS,
                )

            errors = at_once(store, judge, forget)
            assert all(isinstance(error, NotFound) for error in errors)
            assert store.feedback.total(DEFAULT_WORKSPACE) == 0
            assert store.outcomes.total(DEFAULT_WORKSPACE) == 0
