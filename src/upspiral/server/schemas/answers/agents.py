"""What do answers about agents hold?"""

from msgspec import Struct

from upspiral.admin.agent_changes import AgentCard
from upspiral.domain import Agent, AgentVersion


class NewAgent(Agent, frozen=True, kw_only=True):
    """An agent that was made just now, with what it lacks."""

    can_answer: bool
    """Are its models' keys and addresses set, and the files of local ones there? Nobody is asked."""
    can_be_taught: bool
    """Is there a lever by which its nights may make it better?"""
    warnings: tuple[str, ...]
    """A sentence or two for each thing that it lacks, with what to do."""


class ListedAgent(NewAgent, frozen=True, kw_only=True):
    """An agent with the names of its version, model and teacher, and what it lacks."""

    version: str
    """The name of the version that answers."""
    model: str
    """Its model, such as `openai-compatible:gpt-4.1`."""
    teacher_model: str | None


class AgentDetails(Struct, frozen=True, kw_only=True):
    """One agent with all its versions."""

    agent: Agent
    versions: list[AgentVersion]
    """Oldest first."""
    card: AgentCard
