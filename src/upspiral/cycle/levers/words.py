"""Would other words before the model help? Rules that are added, or instructions that are rewritten."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import msgspec

from upspiral.cycle.levers.admission import find_objections
from upspiral.cycle.levers.base import Declined, Draft, DraftCost, DraftTask, Waiting
from upspiral.cycle.levers.proposal import (
    MAX_SHOWN_CHARS,
    ProposalMaterial,
    ask_teacher,
    count_tokens,
    gather_material,
    is_none,
    read_instructions,
    write_prompt,
)
from upspiral.cycle.levers.search.draft import estimate_search, prepare_search
from upspiral.domain import Agent, AgentVersion
from upspiral.domain.ids import WorkspaceId, derive
from upspiral.domain.night.budget import Purpose
from upspiral.domain.prompting.prompt import strip_keep_marks
from upspiral.errors import ConfigError
from upspiral.plugin_kinds import LEVER
from upspiral.providers.base import ChatModel
from upspiral.runtime import Runtime
from upspiral.wire.fence import Fence

MAX_NEW_RULES = 5
"""Rules that one night adds at most."""
MAX_RULE_CHARS = 300
"""Longer ones are no single rule."""


class ProposingLever(ABC):
    """What the two levers that ask a teacher for words have in common."""

    name: ClassVar[str]

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def find_obstacle(self, agent: Agent) -> str | None:
        """Say that nobody is there to propose anything."""
        if agent.teacher is None:
            return f"Agent {agent.id!r} has no teacher who could write {self.name}."
        return None

    def estimate(self, task: DraftTask) -> DraftCost:
        """Count the tokens of one question to the teacher."""
        material = gather_material(self._runtime, task)
        return DraftCost(usd=None, tokens=count_tokens([task.live.instructions, *material.list_texts()]))

    async def draft(self, task: DraftTask) -> Draft | Declined | Waiting:
        """Ask the teacher once, and take what may stand before a model.

        Raises:
            ConfigError: The agent has no teacher any more.
            ProviderError: The teacher does not answer.
        """
        material = gather_material(self._runtime, task)
        if not material.cases:
            return Declined("No failure with its right answer is there to be shown to the teacher.")
        live, call_id = task.live, derive("prop", task.cycle.id, self.name)
        fence = Fence(self._runtime.workspace_key(task.cycle.workspace), call_id, max_chars=MAX_SHOWN_CHARS)
        prompt = write_prompt(
            self.name, instructions=live.instructions, rules=live.rules, material=material, fence=fence
        )
        said = await ask_teacher(self._teacher(task), prompt, call_id=call_id)
        if is_none(said):
            return Declined("The teacher would change nothing.")
        return self.read(said, live, material, workspace=task.cycle.workspace)

    @abstractmethod
    def read(
        self, said: str, live: AgentVersion, material: ProposalMaterial, *, workspace: WorkspaceId
    ) -> Draft | Declined:
        """Make the draft of what a teacher said."""

    def object_to(
        self, text: str, *, replaced: str, material: ProposalMaterial, workspace: WorkspaceId
    ) -> list[str]:
        """Say why a text may not stand before a model."""
        redact = self._runtime.admission(workspace).text
        return find_objections(text, replaced=replaced, conversations=material.list_texts(), redact=redact)

    def _teacher(self, task: DraftTask) -> ChatModel:
        charge = self._runtime.charge(task.cycle, Purpose.PROPOSER)
        teacher = self._runtime.teacher(task.agent, charge)
        if teacher is None:
            raise ConfigError(f"Agent {task.agent.id!r} has no teacher any more.")
        return teacher


@LEVER.register("rules")
class RulesLever(ProposingLever):
    """Adds rules to what a version says, one sentence each."""

    name = "rules"

    def read(
        self, said: str, live: AgentVersion, material: ProposalMaterial, *, workspace: WorkspaceId
    ) -> Draft | Declined:
        """Keep the rules that are admitted, each by itself."""
        new = [rule for rule in read_rules(said) if rule not in live.rules and len(rule) <= MAX_RULE_CHARS]
        before = strip_keep_marks(live.instructions)  # a rule stands beside them, so it cannot lose a section
        against = {
            rule: self.object_to(rule, replaced=before, material=material, workspace=workspace)
            for rule in new
        }
        kept = [rule for rule in new if not against[rule]][:MAX_NEW_RULES]
        if not kept:
            why = next((one[0] for one in against.values()), "the teacher wrote none that is new and short")
            return Declined(f"No rule was admitted: {why}.")
        return Draft(
            version=msgspec.structs.replace(live, rules=(*live.rules, *kept)),
            summary=f"{_count(kept)}: {'; '.join(kept)}"[:500],
        )


@LEVER.register("instructions")
class InstructionsLever(ProposingLever):
    """Rewrites the instructions; what a person marked with ``<keep>`` stays."""

    name = "instructions"

    def estimate(self, task: DraftTask) -> DraftCost:
        """Count the tokens of a search where one is made; else of one question to the teacher."""
        return estimate_search(self._runtime, task) or super().estimate(task)

    async def draft(self, task: DraftTask) -> Draft | Declined | Waiting:
        """Search for better instructions where the extra `prompts` is installed; else ask the teacher once.

        Raises:
            ConfigError: The agent has no teacher any more.
            ProviderError: The teacher does not answer.
            UpspiralError: The search failed.
        """
        search = prepare_search(self._runtime, task, self._teacher(task))
        return await search.draft() if search else await super().draft(task)

    def read(
        self, said: str, live: AgentVersion, material: ProposalMaterial, *, workspace: WorkspaceId
    ) -> Draft | Declined:
        """Take the instructions as a whole, or not at all."""
        text = read_instructions(said)
        if text == live.instructions:
            return Declined("The teacher would change nothing.")
        objections = self.object_to(text, replaced=live.instructions, material=material, workspace=workspace)
        if objections:
            return Declined(f"The instructions that the teacher wrote were not admitted: {objections[0]}.")
        return Draft(
            version=msgspec.structs.replace(live, instructions=text),
            summary=f"instructions of {len(text)} characters instead of {len(live.instructions)}",
        )


def read_rules(said: str) -> list[str]:
    r"""Read the rules of a teacher's answer: its list items.

    >>> read_rules("Here:\n- Name the day.\n* Be brief.\n3. Say sorry once.")
    ['Name the day.', 'Be brief.', 'Say sorry once.']
    """
    items = [re.match(r"\s*(?:[-*]|\d+[.)])\s+(\S.*)", line) for line in said.splitlines()]
    return list(dict.fromkeys(item[1].strip() for item in items if item))


def _count(rules: Sequence[str]) -> str:
    return "1 new rule" if len(rules) == 1 else f"{len(rules)} new rules"
