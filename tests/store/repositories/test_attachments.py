"""Which records hold which files."""

from upspiral.domain.ids import DEFAULT_WORKSPACE, InteractionId
from upspiral.domain.interaction import AttachmentUse
from upspiral.store import Store

FIRST, SECOND = "a" * 64, "b" * 64


def _use(digest: str, interaction: str) -> AttachmentUse:
    return AttachmentUse(workspace=DEFAULT_WORKSPACE, sha256=digest, interaction=InteractionId(interaction))


def test_a_file_is_used_as_long_as_one_record_holds_it(any_store: Store) -> None:
    uses = any_store.attachment_uses
    uses.insert_ignore(_use(FIRST, "one"), _use(FIRST, "two"), _use(SECOND, "one"))
    assert uses.list_files_of(DEFAULT_WORKSPACE, [InteractionId("one")]) == {FIRST, SECOND}
    uses.forget_about(DEFAULT_WORKSPACE, [InteractionId("one")])
    assert uses.filter_used(DEFAULT_WORKSPACE, [FIRST, SECOND]) == {FIRST}
    uses.forget_about(DEFAULT_WORKSPACE, [InteractionId("two")])
    assert uses.filter_used(DEFAULT_WORKSPACE, [FIRST, SECOND]) == set()
