"""Would another model do better? The next of those that the operator allows, with the same instructions."""

import msgspec

from upspiral.cycle.levers.base import Declined, Draft, DraftCost, DraftTask, Waiting
from upspiral.domain import Agent, ModelVersion
from upspiral.plugin_kinds import LEVER
from upspiral.runtime import Runtime


@LEVER.register("model")
class ModelLever:
    """Puts another model behind an agent: one of `levers.models`, in turn from night to night."""

    name = "model"

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def find_obstacle(self, agent: Agent) -> str | None:
        """Say that no other model is named."""
        if not self._list_others(agent):
            return "No other model is named in levers.models that this workspace knows."
        return None

    def estimate(self, task: DraftTask) -> DraftCost:
        """Drafting costs nothing; answering the cases is the night's."""
        return DraftCost()

    async def draft(self, task: DraftTask) -> Draft | Declined | Waiting:
        """Take the one whose turn it is: each named model is tried before one is tried again."""
        others = self._list_others(task.agent)
        if not others:
            return Declined("No other model is named in levers.models.")
        tried = self._runtime.store.lever_trials.count_candidates(
            task.cycle.workspace, task.agent.id, self.name
        )
        model = others[tried % len(others)]
        return Draft(
            version=msgspec.structs.replace(task.live, model=model.id), summary=f"the model {model.name}"
        )

    def _list_others(self, agent: Agent) -> list[ModelVersion]:
        store = self._runtime.store
        live = store.agent_versions.get(agent.workspace, agent.live).model
        known = {one.name: one for one in store.model_versions.list_rows(agent.workspace)}
        named = [known[name] for name in self._runtime.settings.levers.models if name in known]
        return [one for one in named if one.id != live]
