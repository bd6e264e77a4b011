"""How do notifications reach the webhooks of a workspace? Through an outbox."""
