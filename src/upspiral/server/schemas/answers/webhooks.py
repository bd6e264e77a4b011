"""What do answers about webhooks hold?"""

from upspiral.queries.webhooks import WebhookCard


class NewWebhook(WebhookCard, frozen=True, kw_only=True):
    """A webhook that was made, or got another secret, just now."""

    secret: str
    """Signs what is sent, by the scheme of Standard Webhooks; shown in this answer and never again. Slack,
    Discord and e-mail have no use for it."""
