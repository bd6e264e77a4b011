"""What Slack and Discord are sent: a line that nobody can act by."""

import json

import pytest
from tests.conftest import START

from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.domain.night.notification import Notification, NotificationType, make_notification
from upspiral.notify.chat import find_kind, write_discord, write_slack

HOSTILE = (
    "<!channel> come here",
    "<!everyone>",
    "<@U024BE7LH>",
    "<https://evil.example|your bank>",
    "@everyone",
    "@here",
    "<@&165511591545143296>",
    "[your bank](https://evil.example)",
    "https://evil.example/track.png",
    "`code` **bold** ||spoiler||",
    "line\nbreak\r\n# heading",
    "\x1b]8;;https://evil.example\x07bank\x1b]8;;\x07",
    "\u202egnihton",
    '", "text": "owned',
)


def _about(name: str) -> Notification:
    return make_notification(
        NotificationType.VERSION_ROLLED_BACK,
        "dep_1",
        workspace=DEFAULT_WORKSPACE,
        at=START,
        agent=AgentId(name),
        version=4,
        verdict="unhealthy",
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_mentions_nobody_links_nowhere_and_breaks_no_line_in_slack(name: str) -> None:
    said = json.loads(write_slack(_about(name)))
    assert said.keys() == {"text", "mrkdwn", "unfurl_links", "unfurl_media"}
    assert (said["mrkdwn"], said["unfurl_links"], said["unfurl_media"]) == (False, False, False)
    assert not set("<>\n\r\x1b\x07\u202e") & set(said["text"])
    assert said["text"].startswith("Version 4 of ")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_mentions_nobody_links_nowhere_and_breaks_no_line_in_discord(name: str) -> None:
    said = json.loads(write_discord(_about(name)))
    assert said.keys() == {"content", "allowed_mentions", "flags"}
    assert said["allowed_mentions"] == {"parse": []}
    assert said["flags"] == 4
    plain = said["content"].replace("\\\\", "")
    for mark in "`*_|#[]()<>@":
        assert plain.count(mark) == plain.count(f"\\{mark}"), mark
    assert "https://" not in said["content"]
    assert not set("\n\r\x1b\x07\u202e") & set(said["content"])


def test_every_event_has_a_sentence() -> None:
    for kind in NotificationType:
        told = make_notification(kind, "x", workspace=DEFAULT_WORKSPACE, at=START)
        assert json.loads(write_slack(told))["text"].endswith(".")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://hooks.slack.com/services/T/B/x", "slack"),
        ("https://discord.com/api/webhooks/1/x", "discord"),
        ("https://canary.discord.com/api/webhooks/1/x", "discord"),
        ("https://discord.com/other", "webhook"),
        ("https://hooks.slack.com.evil.example/services/T/B/x", "webhook"),
        ("https://evil.example/hooks.slack.com", "webhook"),
    ],
)
def test_slack_and_discord_are_known_by_their_host(url: str, kind: str) -> None:
    assert find_kind(url) == kind
