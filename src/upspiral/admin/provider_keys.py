"""How is a provider's key set and taken away? It is sealed at once, and shown to nobody."""

from upspiral.domain import Principal
from upspiral.domain.access import SealedKey
from upspiral.errors import Forbidden, InvalidInput, NotFound, suggest_name
from upspiral.providers.config import VARIABLE
from upspiral.runtime import Runtime

NONE_HINT = "`upspiral keys list-provider` shows those that are sealed."


def check_may_keep(asking: Principal) -> None:
    """See that only an administrator of the installation keeps keys of providers.

    Raises:
        Forbidden: Somebody else asks.
    """
    if not asking.is_installation_admin:
        raise Forbidden(
            "Only an administrator of the installation keeps keys of providers.",
            hint="Use the local key, or another of the default workspace with the scope admin.",
        )


def set_provider_key(runtime: Runtime, name: str, key: str) -> SealedKey:
    """Seal a key under the name of an environment variable, in place of one that was there.

    Raises:
        MissingExtra: The package that encrypts is not installed.
        InvalidInput: The name cannot be that of an environment variable.
    """
    if not VARIABLE.fullmatch(name):
        raise InvalidInput(
            f"{name[:60]!r} cannot be the name of an environment variable.",
            hint="Write letters, digits and underscores, such as OPENAI_API_KEY.",
        )
    made = SealedKey(name=name, sealed=runtime.keys.sealer.seal(name, key), at=runtime.now())
    runtime.write_here(lambda: runtime.store.sealed_keys.upsert(made))
    runtime.keys.reread()
    return made


def remove_provider_key(runtime: Runtime, name: str) -> SealedKey:
    """Delete a sealed key; every server stops using it within two seconds.

    Raises:
        NotFound: There is none of that name.
    """
    runtime.keys.reread()
    known = runtime.keys.read_sealed()
    if name not in known:
        raise NotFound(f"There is no sealed key {name!r}.", hint=suggest_name(name, known) or NONE_HINT)
    runtime.write_here(lambda: runtime.store.sealed_keys.drop(name))
    runtime.keys.reread()
    return known[name]


def list_provider_keys(runtime: Runtime) -> list[SealedKey]:
    """List the sealed keys by name, sealed as they are."""
    return sorted(runtime.keys.read_sealed().values(), key=lambda one: one.name)
