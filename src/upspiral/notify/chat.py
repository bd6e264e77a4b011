"""How do Slack and Discord take a notification? Each in a JSON of its own, in which names are only text."""

import json
import re
from datetime import datetime
from urllib.parse import urlsplit

from upspiral.domain.night.notification import Notification
from upspiral.errors import InvalidInput
from upspiral.notify.base import Destination
from upspiral.notify.config import WebhookSettings
from upspiral.notify.http import check_url, post_json
from upspiral.notify.text import describe

SLACK_HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")
DISCORD_HOSTS = ("discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com")
DISCORD_PATH = "/api/webhooks/"
SUPPRESS_EMBEDS = 4
"""The flag of a Discord message whose links show no preview."""
MARKDOWN = re.compile(r"([\\`*_~|>#\[\]()@<:-])")


def find_kind(url: str) -> str:
    """Say by its host how a URL wants to be told: as Slack, as Discord, or as any server.

    >>> find_kind("https://hooks.slack.com/services/T/B/x"), find_kind("https://ci.example.org/hook")
    ('slack', 'webhook')
    """
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").lower()
    if host in SLACK_HOSTS:
        return "slack"
    return "discord" if host in DISCORD_HOSTS and parts.path.startswith(DISCORD_PATH) else "webhook"


class Slack:
    """Posts a line to an incoming webhook of Slack, or of a server that takes the same."""

    is_secret = True

    def __init__(self, settings: WebhookSettings) -> None:
        self._timeout_s = settings.timeout_s

    def check(self, address: str) -> str:
        """See that it is a URL."""
        return check_url(address)

    def send(self, notification: Notification, to: Destination, *, at: datetime) -> None:
        """Post what happened in a line."""
        _post(write_slack(notification), to, self._timeout_s)


class Discord:
    """Posts a line to a webhook of Discord, or of a server that takes the same."""

    is_secret = True

    def __init__(self, settings: WebhookSettings) -> None:
        self._timeout_s = settings.timeout_s

    def check(self, address: str) -> str:
        """See that it is a URL.

        Raises:
            InvalidInput: It ends as the ones do that take Slack's JSON.
        """
        if address.rstrip("/").endswith(("/slack", "/github")):
            raise InvalidInput(
                "This address of Discord takes the JSON of another service.",
                hint="Leave out what stands behind the token of the webhook.",
            )
        return check_url(address)

    def send(self, notification: Notification, to: Destination, *, at: datetime) -> None:
        """Post what happened in a line."""
        _post(write_discord(notification), to, self._timeout_s)


def write_slack(notification: Notification) -> str:
    """Write the JSON of an incoming webhook: nobody is mentioned, and no link is opened for a preview."""
    text = describe(notification, _escape_slack)
    return json.dumps({"text": text, "mrkdwn": False, "unfurl_links": False, "unfurl_media": False})


def write_discord(notification: Notification) -> str:
    """Write the JSON of Discord: nobody is mentioned, and no link is opened for a preview."""
    text = describe(notification, _escape_markdown)
    return json.dumps({"content": text, "allowed_mentions": {"parse": []}, "flags": SUPPRESS_EMBEDS})


def _escape_slack(text: str) -> str:
    """Escape the three characters that Slack reads.

    >>> _escape_slack("<!channel> & co")
    '&lt;!channel&gt; &amp; co'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escape_markdown(text: str) -> str:
    return MARKDOWN.sub(r"\\\1", text)


def _post(body: str, to: Destination, timeout_s: float) -> None:
    post_json(body, to.address, headers={}, timeout_s=timeout_s, reach=to.reach)
