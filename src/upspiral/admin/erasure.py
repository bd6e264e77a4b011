"""What goes when a person is erased, or with time? Rows, training files, and what deleted pages hold."""

from datetime import timedelta

from msgspec.structs import replace

from upspiral import capture
from upspiral.domain import Erasure
from upspiral.domain.ids import ErasureId, WorkspaceId
from upspiral.errors import Conflict, StoreError
from upspiral.logs import get_logger
from upspiral.runtime import Runtime

TRAINING_FILES = ("train.jsonl", "output.log")
"""Files of a training job that hold, or may quote, what it learned from."""
log = get_logger(__name__)


def erase_person(
    runtime: Runtime, workspace: WorkspaceId, *, end_user: str | None, conversation: str | None
) -> Erasure:
    """Erase everything about an end user or a conversation.

    Args:
        runtime: The parts.
        workspace: Whose.
        end_user: Whom it is about, as the sender named them.
        conversation: Which one it is about.

    Returns:
        What was erased, and the datasets and models that held some of it.

    Raises:
        InvalidInput: Neither or both were named.
    """
    store = runtime.store
    hide = runtime.admission(workspace).text
    user, talk = (hide(name) if name else None for name in (end_user, conversation))
    ident = ErasureId(runtime.mint("era"))

    def erase() -> Erasure:
        return capture.erase(
            store,
            workspace,
            end_user=user,
            conversation=talk,
            settings=runtime.settings.capture,
            now=runtime.now(),
            ident=ident,
        )

    return _finish(runtime, runtime.disk.spend(lambda: runtime.writer.submit(erase).result()))


def finish_erasures(runtime: Runtime) -> int:
    """Go on with what was cut off, such as by a kill: delete files and empty logs; give how many are done."""
    every = runtime.store.erasures.list_unfinished()
    return sum(_finish(runtime, one).finished is not None for one in every)


def _finish(runtime: Runtime, erasure: Erasure) -> Erasure:
    """Delete the files that held some of it and what deleted pages hold; done as often as it has to be."""
    workspace, store = erasure.workspace, runtime.store
    files = set(erasure.files)
    runtime.attachments(workspace).remove(files - store.attachment_uses.filter_used(workspace, files))
    for job in store.training_jobs.list_rows(workspace):
        if job.dataset in erasure.datasets:
            for name in TRAINING_FILES:
                (runtime.job_folder(job.id) / name).unlink(missing_ok=True)
    if not _compact(runtime):
        return erasure
    done = replace(erasure, files=(), finished=runtime.now())
    runtime.writer.submit(lambda: store.erasures.upsert(done)).result()
    return done


def purge_expired(runtime: Runtime, workspace: WorkspaceId) -> int:
    """Forget what is older than the setting says; give how many Interactions there were.

    Raises:
        Conflict: The clock is not to be believed; nothing was forgotten.
    """
    if doubt := runtime.doubt_clock():
        raise Conflict(
            f"Nothing was forgotten, for the clock cannot be right: {doubt}.",
            hint="Set the clock. If it is right, what is old goes after the next record, or in 25 hours.",
        )
    finish_erasures(runtime)
    before = runtime.now() - timedelta(days=runtime.settings.capture.keep_days)

    def purge() -> int:
        return capture.purge(runtime.store, workspace, before=before)

    total = 0
    while count := runtime.disk.spend(lambda: runtime.writer.submit(purge).result()):
        total += count
    _remove_unused_files(runtime, workspace)
    pruned = runtime.writer.submit(lambda: runtime.store.memories.prune(workspace, before)).result()
    if total or pruned:
        _compact(runtime)
    return total


def _remove_unused_files(runtime: Runtime, workspace: WorkspaceId) -> None:
    """Delete the pictures and other files that no record holds any more, or that never got a record."""
    files = runtime.attachments(workspace)
    for hashes in files.list_old():
        files.remove(set(hashes) - runtime.store.attachment_uses.filter_used(workspace, hashes))


def _compact(runtime: Runtime) -> bool:
    """Leave nothing of what was forgotten in the write-ahead log, and reserve room again; say if it is done.

    On a full disk the log cannot be emptied, and trying would use up what room there is: it waits for the
    next time that something is forgotten, or for SQLite itself.
    """
    if problem := runtime.disk.problem():
        log.warning("the write-ahead log still holds what was forgotten", why=problem)
        return False
    try:
        runtime.store.compact()
    except StoreError as error:
        log.warning("the write-ahead log still holds what was forgotten", why=error.message)
        return False
    finally:
        runtime.disk.take()
    return True
