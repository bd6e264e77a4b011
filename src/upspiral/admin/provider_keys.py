"""How is a provider's key set and taken away? It is sealed at once, and shown to nobody."""

from upspiral.domain.access import SealedKey
from upspiral.errors import NotFound, suggest_name
from upspiral.runtime import Runtime

NONE_HINT = "`upspiral keys list-provider` shows those that are sealed."


def set_provider_key(runtime: Runtime, name: str, key: str) -> SealedKey:
    """Seal a key under the name of an environment variable, in place of one that was there.

    Raises:
        MissingExtra: The package that encrypts is not installed.
    """
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
