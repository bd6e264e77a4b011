"""What is kept in memory and follows the store."""

from upspiral.projections.feed import COMMIT_LAG, Change, OutcomeFeed

__all__ = ["COMMIT_LAG", "Change", "OutcomeFeed"]
