"""A notification is said in one line, whatever its names are."""

import pytest
from tests.conftest import START

from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.domain.night.notification import NotificationType, make_notification
from upspiral.notify.text import SENTENCES, describe


def test_every_event_has_a_sentence_and_a_name_that_braces_stand_in_is_only_a_name() -> None:
    assert set(SENTENCES) == set(NotificationType)
    told = make_notification(
        NotificationType.NIGHT_ENDED,
        "x",
        workspace=DEFAULT_WORKSPACE,
        at=START,
        agent=AgentId("{ending} {0.x}"),
    )
    assert describe(told, str).startswith("The night of {ending} {0.x} ended: ?.")


@pytest.mark.parametrize(
    "name", ["a\nb", "a\x1b[31mb", "a\u2028b", "a\u202eb", "a\u200bb", "a\x9bb", "a\u2066b"]
)
def test_no_name_breaks_the_line_or_turns_it(name: str) -> None:
    told = make_notification(
        NotificationType.NIGHT_ENDED, "x", workspace=DEFAULT_WORKSPACE, at=START, agent=AgentId(name)
    )
    assert " a b " in describe(told, str) or " a [31mb " in describe(told, str)


def test_a_long_name_is_cut() -> None:
    told = make_notification(
        NotificationType.NIGHT_ENDED, "x", workspace=DEFAULT_WORKSPACE, at=START, agent=AgentId("x" * 5000)
    )
    assert len(describe(told, str)) < 600
