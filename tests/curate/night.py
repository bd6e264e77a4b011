"""A night with failures and good answers."""

from upspiral.domain.ids import AgentId

SUPPORT = AgentId("support")
