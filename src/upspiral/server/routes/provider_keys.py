"""Keys of model providers, sealed in the store: set, listed without the keys themselves, removed."""

from typing import Annotated

from fastapi import Path

from upspiral.admin.provider_keys import list_provider_keys, remove_provider_key, set_provider_key
from upspiral.app import App
from upspiral.domain import Principal, Scope
from upspiral.domain.access import SealedKey
from upspiral.errors import ConfigError, Forbidden
from upspiral.providers.config import VARIABLE
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.deps import Asking, CallerApp
from upspiral.server.paging import Page, answer_all
from upspiral.server.policy import allows
from upspiral.server.schemas.access import ProviderKeyBody
from upspiral.server.schemas.answers.access import ProviderKeyCard

router = TypedRouter(prefix="/api/v1/provider-keys", tags=["keys"])
Variable = Annotated[
    str, Path(pattern=f"^{VARIABLE.pattern}$", description="Name of an environment variable.")
]


@router.put("/{name}")
@allows(Scope.ADMIN, errors=(ConfigError,), any_name=True)
def seal_provider_key(
    name: Variable, body: ProviderKeyBody, app: CallerApp, asking: Asking
) -> Answer[ProviderKeyCard]:
    """Seal a key under the name of an environment variable; it is shown to nobody, never again.

    It is used wherever that variable is named as the key of a model, and is sent only to the hosts that the
    variable is declared for. A variable that is set in the server's environment is used instead.
    """
    _require_operator(asking)
    return json_response(_tell(app, set_provider_key(app.runtime, name, body.key.get_secret_value())))


@router.get("")
@allows(Scope.ADMIN)
def list_sealed_keys(app: CallerApp, asking: Asking) -> Answer[Page[ProviderKeyCard]]:
    """List the sealed keys by name, without the keys themselves."""
    _require_operator(asking)
    return answer_all([_tell(app, one) for one in list_provider_keys(app.runtime)])


@router.delete("/{name}", operation_id="remove_provider_key")
@allows(Scope.ADMIN)
def remove_sealed_key(name: Variable, app: CallerApp, asking: Asking) -> Answer[ProviderKeyCard]:
    """Delete a sealed key; every server stops using it within two seconds."""
    _require_operator(asking)
    return json_response(_tell(app, remove_provider_key(app.runtime, name)))


def _tell(app: App, key: SealedKey) -> ProviderKeyCard:
    return ProviderKeyCard(name=key.name, at=key.at, is_used=not app.runtime.keys.is_in_environment(key.name))


def _require_operator(asking: Principal) -> None:
    if not asking.is_installation_admin:
        raise Forbidden(
            "Only an administrator of the installation keeps keys of providers.",
            hint="Use the local key, or another of the default workspace with the scope admin.",
        )
