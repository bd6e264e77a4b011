"""How do agents, models and versions come to be, and how are they found again by what people call them?"""

from pathlib import Path

import msgspec
from msgspec import Struct

from upspiral.cycle.candidate import Revision, adapter_name, candidate_version, content_hash, revise_version
from upspiral.deploy.adapter_files import copy_adapter, validate_adapter
from upspiral.deploy.advance import add_version
from upspiral.domain import LOCAL_HOST, Agent, AgentVersion, ModelVersion
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    ModelVersionId,
    WorkspaceId,
    derive,
)
from upspiral.errors import Conflict, Forbidden, InvalidInput, NotFound, Rejected, suggest_name
from upspiral.model_folder import find_load_faults
from upspiral.plugin_kinds import PROVIDER
from upspiral.providers.address import Reach, parse
from upspiral.providers.base import Provider
from upspiral.providers.built_in import find_provider
from upspiral.providers.keys import check_declared
from upspiral.runtime import Runtime


class ModelSpec(Struct, frozen=True):
    """A model in the words of a person: ``local:FOLDER``, or a provider and a name, ``vllm:NAME``."""

    model: str
    url: str | None = None
    key_env: str | None = None


def create_agent(
    runtime: Runtime,
    workspace: WorkspaceId,
    name: AgentId,
    *,
    model: ModelSpec,
    teacher: ModelSpec | None = None,
    instructions: str = "",
    sampling: dict[str, float] | None = None,
    description: str = "",
) -> Agent:
    """Make an agent and its first version.

    Raises:
        Conflict: There is one of that name.
        InvalidInput: The model cannot be understood or found.
    """
    store, now = runtime.store, runtime.now()
    if store.agents.find(workspace, name):
        raise Conflict(f"There is an agent {name!r} already.", hint="Choose another name.")
    with store.transaction():
        before = store.agent_versions.of(workspace, name)  # of a deleted agent of that name
        first = AgentVersion(
            id=AgentVersionId(derive("av", workspace, name, "first", *(one.id for one in before))),
            workspace=workspace,
            agent=name,
            number=1,
            at=now,
            model=define_model(runtime, workspace, model).id,
            instructions=instructions,
            sampling=sampling or {},
            sha256="",
        )
        version = add_version(store, _with_hash(first))
        taught_by = define_model(runtime, workspace, teacher).id if teacher else None
        agent = Agent(
            id=name, workspace=workspace, at=now, live=version.id, teacher=taught_by, description=description
        )
        store.agents.add(agent)
    return agent


def find_agent(runtime: Runtime, workspace: WorkspaceId, name: str) -> Agent:
    """Read an agent that was made here.

    Raises:
        NotFound: None of that name was made; says what is most like it.
    """
    found = runtime.store.agents.find(workspace, name)
    if found is None:
        require_agent(runtime, workspace, name)
        raise NotFound(
            f"Agent {name!r} is recorded, but was never made here.",
            hint=f"Make it: `upspiral agents create {name} --model …`.",
        )
    return found


def require_agent(runtime: Runtime, workspace: WorkspaceId, name: str) -> AgentId:
    """Give the name of an agent that was made here or ever answered; others were mistyped.

    Raises:
        NotFound: Nobody has that name; says whose name is most like it.
    """
    agent = AgentId(name)
    if runtime.store.agents.find(workspace, agent):
        return agent
    known = {one.id for one in runtime.store.agents.all(workspace)}
    known |= set(runtime.store.interactions.agents(workspace))
    if agent not in known:
        hint = suggest_name(name, sorted(known)) or "No agent was made and nothing is recorded yet."
        raise NotFound(f"There is no agent {name!r}.", hint=hint)
    return agent


def resolve_version(runtime: Runtime, agent: Agent, name: str) -> AgentVersion:
    """Find a version by its id, its name (``support@3``) or its number; ``live`` is the one that answers.

    Raises:
        NotFound: The agent has none of that name; says which it has.
    """
    versions = runtime.store.agent_versions.of(agent.workspace, agent.id)
    wanted = agent.live if name == "live" else name
    for version in versions:
        if wanted in (version.id, version.name, str(version.number)):
            return version
    known = ", ".join(version.name for version in versions)
    raise NotFound(f"Agent {agent.id!r} has no version {name!r}; it has {known}.", hint="Name one of them.")


def revise(runtime: Runtime, agent: Agent, version: AgentVersion, revision: Revision) -> AgentVersion:
    """Make a version with other words before the model; it answers nobody until it is rolled out.

    Raises:
        Conflict: Nothing would differ from a version that there is; names it.
    """
    made = revise_version(version, revision, now=runtime.now())
    with runtime.store.transaction():
        for known in runtime.store.agent_versions.of(agent.workspace, agent.id):
            if known.sha256 == made.sha256:
                raise Conflict(
                    f"{known.name} says just this already.",
                    hint="Change its instructions, rules or examples.",
                )
        return add_version(runtime.store, made)


def adopt_adapter(runtime: Runtime, agent: Agent, folder: Path) -> AgentVersion:
    """Make a version from an adapter folder of the user's own.

    Raises:
        InvalidInput: Names the file of the folder that is missing or broken.
        Conflict: The agent is no local model.
    """
    store, now = runtime.store, runtime.now()
    live = store.agent_versions.get(agent.workspace, agent.live)
    base = store.model_versions.get(agent.workspace, live.model)
    if base.host != LOCAL_HOST:
        raise Conflict(
            f"Agent {agent.id!r} answers through {base.host}, which takes no adapter folder.",
            hint="Deploy adapters to agents whose model is local.",
        )
    digest = validate_adapter(folder)
    name = adapter_name(agent.id, digest[:12])
    artifacts = (runtime.data / "artifacts").resolve()
    artifacts.mkdir(parents=True, exist_ok=True, mode=0o700)
    adapter = copy_adapter(folder, artifacts / name)
    model = ModelVersion(
        id=ModelVersionId(derive("mv", agent.workspace, name)),
        workspace=agent.workspace,
        name=name,
        host=LOCAL_HOST,
        at=now,
        base=base.base,
        adapter=str(adapter),
        sha256=digest,
    )
    store.model_versions.insert_ignore(model)
    return add_version(store, candidate_version(live, model, now=now))


def find_defined(runtime: Runtime, spec: ModelSpec) -> ModelSpec:
    """Find which of the models that the installation's administrator defined a caller means.

    Args:
        runtime: The parts.
        spec: Its model, with or without URL and key; of several that fit, the one defined last.

    Raises:
        Forbidden: It means none of them, whether or not such a folder or address exists.
        InvalidInput: Its URL cannot be used.
    """
    kind, _, name = spec.model.partition(":")
    url = parse(spec.url).url if spec.url else None
    defined = runtime.store.model_versions.list_defined(DEFAULT_WORKSPACE)
    for one in defined:
        same = one.host == kind and name in (one.name, one.base)
        if same and url in (None, one.url) and spec.key_env in (None, one.key_env):
            return ModelSpec(f"{kind}:{one.base or one.name}", one.url, one.key_env)
    known = ", ".join(sorted({f"{one.host}:{one.name}" for one in defined})) or "none"
    raise Forbidden(
        f"The model {spec.model!r} is none that the administrator of this installation defined so.",
        hint=f"Choose one of these, without URL and key: {known}. Only that administrator defines others.",
    )


def _check_endpoint(runtime: Runtime, spec: ModelSpec, provider: Provider) -> str:
    """Check where a model is to be asked, and with which key; give the URL in its one form.

    Raises:
        InvalidInput: The URL cannot be used.
        ConfigError: Its key may not be sent there.
    """
    url = spec.url or provider.default_url
    if not url:
        raise InvalidInput(f"The model {spec.model!r} has no URL.", hint="Add the base URL of its endpoint.")
    address, settings = parse(url), runtime.settings.providers
    if address.ip is not None:
        try:
            Reach(private=True, allowed=settings.allowed_addresses).check(address.host, host=address.host)
        except Rejected as error:
            raise InvalidInput(error.message, hint=error.hint) from error
    if spec.key_env:
        check_declared(spec.key_env, address.url, settings.keys, usual=provider.key_hosts)
    return address.url


def _with_hash(version: AgentVersion) -> AgentVersion:
    return msgspec.structs.replace(version, sha256=content_hash(version))


def define_model(runtime: Runtime, workspace: WorkspaceId, spec: ModelSpec) -> ModelVersion:
    """Write down a model that a person named; give it back where it is known.

    Raises:
        InvalidInput: It cannot be understood or found.
    """
    kind, _, name = spec.model.partition(":")
    if kind not in (LOCAL_HOST, *PROVIDER.list_names()) or not name:
        raise InvalidInput(
            f"The model {spec.model!r} cannot be understood.",
            hint="Write local:FOLDER, or a provider and a name, such as openai-compatible:NAME with a URL."
            f" {suggest_name(kind, [LOCAL_HOST, *PROVIDER.list_names()])}",
        )
    base = None
    if kind == LOCAL_HOST:
        folder = Path(name).resolve()
        faults = find_load_faults(folder)
        if faults:
            raise InvalidInput(
                f"There is no model in {folder} that could answer: {'; '.join(faults)}.",
                hint="Give the folder of a causal model in Hugging Face format.",
            )
        base, name = str(folder), folder.name
        url = key_env = None
    else:
        url, key_env = _check_endpoint(runtime, spec, find_provider(kind)), spec.key_env
    parts = [kind, base or name, url or "", *([key_env] if key_env else [])]
    version = ModelVersion(
        id=ModelVersionId(derive("mv", workspace, *parts)),
        workspace=workspace,
        name=name,
        host=kind,
        at=runtime.now(),
        base=base,
        url=url,
        key_env=key_env,
    )
    runtime.store.model_versions.insert_ignore(version)
    return version
