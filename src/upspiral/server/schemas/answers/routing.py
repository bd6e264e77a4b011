"""What do answers about choices and profiles hold?"""

from msgspec import Struct

from upspiral.domain import LoggedChoice
from upspiral.route.explain import Explanation


class AgentChance(Struct, frozen=True):
    """One agent's chance to be chosen."""

    agent: str
    probability: float
    """0 to 1."""
    reason: str


class DomainTable(Struct, frozen=True, kw_only=True):
    """The chances of every agent in a domain."""

    domain: str
    policy: str
    settled: int
    """Outcomes that the chances rest on."""
    agents: list[AgentChance]


class ChoiceFloor(Struct, frozen=True):
    """What is given away only to notice changes."""

    share: float
    """Part of the requests, 0 to 1."""
    loss: float
    """What it costs in success rate, 0 to 1."""


class EnsembleSize(Struct, frozen=True):
    """How many agents are asked together."""

    width: int
    tuned: int
    """What the outcomes say, whoever may be asked."""


class CascadeSize(Struct, frozen=True):
    """How many agents are asked in turn, and when the next one is."""

    depth: int
    tuned: int
    """What the outcomes say, whoever may be asked."""
    threshold: float
    """The verifier's score from which an answer is good enough, 0 to 1."""


class DomainExplanation(Struct, frozen=True, kw_only=True):
    """Why every agent has its chance in a domain, and how many would be asked together."""

    domain: str
    policy: str
    speed: bool
    """For callers in a hurry?"""
    agents: list[Explanation]
    floor: ChoiceFloor
    ensemble: EnsembleSize
    cascade: CascadeSize


class ExplainedChoice(Struct, frozen=True, kw_only=True):
    """Why an Interaction was answered by whom it was."""

    choice: LoggedChoice
    now: Explanation | None
    """The agent's chance now; None where it can no longer be chosen."""
    words: str


class ShownDomainProfile(Struct, frozen=True):
    """What a model did in one domain."""

    total_queries: int
    successful_queries: int | float
    """A partial success counts half."""


class ShownProfile(Struct, frozen=True, kw_only=True):
    """How a model did so far, as the metrics file has it."""

    total_queries: int
    successful_queries: int | float
    """A partial success counts half."""
    latency_history: list[float]
    """The last 100, in milliseconds, oldest first."""
    domains: dict[str, ShownDomainProfile]
    accuracy: float
    """Successful over total, 0 to 1; 0 before the first query."""
    avg_latency: float
    """Mean of the last 100, in milliseconds."""
