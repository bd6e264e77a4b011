"""Sessions and links, on both databases."""

from datetime import timedelta
from threading import Barrier, Thread

from tests.conftest import START

from upspiral.domain.access import AuditEntry, Session, SignInLink
from upspiral.domain.ids import DEFAULT_WORKSPACE, KeyId, WorkspaceId
from upspiral.store import Store

KEY = KeyId("key_1")


def make_session(sha256: str, *, hours: float) -> Session:
    return Session(
        sha256=sha256,
        workspace=DEFAULT_WORKSPACE,
        key=KEY,
        at=START,
        expires=START + timedelta(hours=hours),
    )


def test_a_session_is_found_by_its_hash_and_ended(any_store: Store) -> None:
    any_store.sessions.add(make_session("a", hours=1), make_session("b", hours=2))
    found = any_store.sessions.by_hash("a")
    assert found is not None
    assert found.key == KEY
    any_store.sessions.end("a")
    assert any_store.sessions.by_hash("a") is None
    assert any_store.sessions.by_hash("b") is not None


def test_expired_sessions_are_deleted_and_the_others_stay(any_store: Store) -> None:
    any_store.sessions.add(make_session("a", hours=1), make_session("b", hours=2))
    any_store.sessions.forget_expired(START + timedelta(hours=1))
    assert any_store.sessions.by_hash("a") is None
    assert any_store.sessions.by_hash("b") is not None


def test_of_many_who_follow_a_link_at_once_one_gets_it(any_store: Store) -> None:
    any_store.sign_in_links.add(
        SignInLink(sha256="a", workspace=DEFAULT_WORKSPACE, key=KEY, at=START, expires=START)
    )
    together, taken = Barrier(4), list[SignInLink | None]()

    def follow() -> None:
        together.wait()
        taken.append(any_store.sign_in_links.take("a"))

    threads = [Thread(target=follow) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(one is not None for one in taken) == 1


def test_changes_are_listed_newest_first_within_their_workspace(any_store: Store) -> None:
    for number, workspace in enumerate((DEFAULT_WORKSPACE, DEFAULT_WORKSPACE, WorkspaceId("other"))):
        any_store.audit_entries.add(
            AuditEntry(
                id=f"aud_{number}",
                workspace=workspace,
                at=START + timedelta(minutes=number),
                key=KEY,
                key_name="anna",
                via="api",
                action="roll back",
                path="/",
            )
        )
    found = any_store.audit_entries.list_newest(DEFAULT_WORKSPACE, after=None, limit=10)
    assert [one.id for one in found] == ["aud_1", "aud_0"]
