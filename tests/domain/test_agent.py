"""What a version puts before a conversation."""

from tests.conftest import START

from upspiral.domain import AgentVersion, Message
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId, ModelVersionId

PLAIN = AgentVersion(
    id=AgentVersionId("av_1"),
    workspace=DEFAULT_WORKSPACE,
    agent=AgentId("support"),
    number=3,
    at=START,
    model=ModelVersionId("mv_1"),
    sha256="",
)
ASKED = (Message("user", "Where is it?"),)


def _with(**more: object) -> AgentVersion:
    fields = {name: getattr(PLAIN, name) for name in PLAIN.__struct_fields__}
    return AgentVersion(**{**fields, **more})


def test_a_version_is_named_after_its_agent_and_its_number() -> None:
    assert PLAIN.name == "support@3"


def test_a_version_without_words_of_its_own_changes_no_conversation() -> None:
    assert PLAIN.with_prompt(ASKED) == ASKED


def test_instructions_and_rules_are_one_system_message_and_examples_are_turns_before_the_question() -> None:
    version = _with(instructions="Be kind.", rules=("No vouchers.", ""), examples=(("Hi?", "Hello."),))
    assert version.with_prompt(ASKED) == (
        Message("system", "Be kind.\nNo vouchers."),
        Message("user", "Hi?"),
        Message("assistant", "Hello."),
        *ASKED,
    )


def test_rules_alone_are_a_system_message() -> None:
    assert _with(rules=("Be short.",)).with_prompt(ASKED)[0] == Message("system", "Be short.")
