"""How does a person make a memory by hand, out of what was curated?"""

from upspiral import curate
from upspiral.domain import Agent
from upspiral.domain.ids import MemoryId
from upspiral.domain.prompting import Memory
from upspiral.errors import Conflict, NotFound
from upspiral.runtime import Runtime


def build_memory(runtime: Runtime, agent: Agent, *, dataset: str | None = None) -> Memory:
    """Freeze the verified answers of a Dataset as a memory; it answers nobody until a version names it.

    What the live version's memory holds is kept, as far as no newer answer takes its place.

    Args:
        runtime: The parts.
        agent: Whose.
        dataset: Which Dataset; None for the newest.

    Raises:
        NotFound: The agent has no such Dataset.
        Conflict: Nothing of it can be remembered; says why.
    """
    store = runtime.store
    found = (
        store.datasets.find(agent.workspace, dataset)
        if dataset
        else store.datasets.latest(agent.workspace, agent.id)
    )
    if found is None or found.agent != agent.id:
        raise NotFound(
            f"Agent {agent.id!r} has no {f'dataset {dataset!r}' if dataset else 'dataset yet'}.",
            hint=f"Make one: `upspiral curate {agent.id}`.",
        )
    live = store.agent_versions.get(agent.workspace, agent.live)

    def build() -> Memory:
        made = curate.build_memory(
            store,
            found,
            before=live.memory,
            settings=runtime.settings.curate,
            redact=runtime.admission(agent.workspace).text,
            now=runtime.now(),
        )
        if not made.size:
            why = ", ".join(f"{count} {reason}" for reason, count in made.dropped.items()) or "it is empty"
            raise Conflict(
                f"Nothing of dataset {found.id} can be remembered: {why}.",
                hint="More corrections and ratings by people help.",
            )
        return made

    return runtime.write_here(build)


def find_memory(runtime: Runtime, agent: Agent, name: str) -> Memory:
    """Find a memory of an agent by its id, or as `live` or `latest`.

    Raises:
        NotFound: The agent has none of that name; says how to get one.
    """
    store = runtime.store
    known = store.memories.of(agent.workspace, agent.id)
    live = store.agent_versions.get(agent.workspace, agent.live).memory
    wanted = {"live": live, "latest": known[0].id if known else None}.get(name, name)
    for memory in known:
        if memory.id == wanted:
            return memory
    raise NotFound(
        f"Agent {agent.id!r} has no memory {name!r}.",
        hint=f"`upspiral memory list {agent.id}` names those it has; `build` makes one.",
    )


def resolve_memory(runtime: Runtime, agent: Agent, name: str) -> MemoryId | None:
    """Give the id of a memory that a person named; None for `none`.

    Raises:
        NotFound: The agent has none of that name.
    """
    return None if name == "none" else find_memory(runtime, agent, name).id
