"""What an agent is at one moment."""

from tests.factories import make_version

PLAIN = make_version(number=3)


def test_a_version_is_named_after_its_agent_and_its_number() -> None:
    assert PLAIN.name == "support@3"
