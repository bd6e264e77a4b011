"""Who may do what: keys, those of model providers too; and who is forgotten."""

from typing import Annotated, Any

from fastapi import Path, Request

from upspiral.admin import provider_keys
from upspiral.admin.keys import check_may_grant, grant_key, revoke
from upspiral.admin.people import passwords
from upspiral.admin.people.sessions import MadeLink, make_sign_in_link
from upspiral.app import App
from upspiral.domain import Attempt, Erasure, Key, Scope
from upspiral.domain.access import Password, SealedKey
from upspiral.domain.ids import KeyId, WorkspaceId
from upspiral.errors import ConfigError, Conflict
from upspiral.providers.config import VARIABLE
from upspiral.queries import workspace as query
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.deps import Asking, CallerApp, path_of
from upspiral.server.idempotency import Repetition, run_once
from upspiral.server.paging import After, Limit, Page, answer_all, answer_page, answer_page_as
from upspiral.server.policy import allows
from upspiral.server.schemas.access import ErasureBody, KeyBody, PasswordBody, ProviderKeyBody
from upspiral.server.schemas.answers.access import KeyCard, NewKey, PasswordCard, ProviderKeyCard

router = TypedRouter(prefix="/api/v1", tags=["keys"])
Person = Annotated[str, Path(max_length=100, description="The name with which a person signs in.")]
Variable = Annotated[
    str, Path(pattern=f"^{VARIABLE.pattern}$", description="Name of an environment variable.")
]


@router.post("/keys", status_code=201)
@allows(Scope.ADMIN, atomic=True)
def create_key(body: KeyBody, app: CallerApp, asking: Asking, request: Request) -> Answer[NewKey]:
    """Make a key; it is shown in this answer and never again, not to a repeated request either."""
    workspace = WorkspaceId(body.workspace or asking.workspace)
    scopes = [Scope(scope) for scope in body.scopes]
    check_may_grant(asking, workspace, scopes)

    def work() -> Answer[NewKey]:
        text, key = grant_key(
            app.runtime, workspace, name=body.name, scopes=scopes, per_minute=body.per_minute
        )
        made = NewKey(key=text, **_facts(key))
        return json_response(made, 201, at=path_of("/api/v1/keys", key.id))

    return run_once(
        request.scope, app.runtime, work, repetition=Repetition(keep=False, reread=_refuse_repeat)
    )


def _refuse_repeat(known: Attempt) -> Answer[NewKey]:
    raise Conflict(
        f"The key {(known.about or '').rpartition('/')[2]!r} was made by the first of these requests, "
        "and a key is shown only once.",
        hint="Use the key of the first answer; if it did not reach you, revoke that key and make another.",
    )


@router.get("/keys")
@allows(Scope.ADMIN)
def list_keys(app: CallerApp, limit: Limit = 100, after: After = None) -> Answer[Page[KeyCard]]:
    """List the workspace's keys, newest first, without the keys themselves."""
    return answer_page_as(
        lambda key: KeyCard(**_facts(key)),
        lambda place, n: query.list_keys(app.runtime, app.workspace, after=place, limit=n),
        after,
        limit,
    )


@router.delete("/keys/{key}")
@allows(Scope.ADMIN)
def revoke_key(key: str, app: CallerApp) -> Answer[KeyCard]:
    """Revoke a key; every process refuses it within two seconds."""
    return json_response(KeyCard(**_facts(revoke(app.runtime, app.workspace, KeyId(key)))))


@router.post("/sign-in-links", status_code=201)
@allows(Scope.READ)
def create_sign_in_link(app: CallerApp, asking: Asking) -> Answer[MadeLink]:
    """Make a link to the console that signs a browser in once, within 15 minutes, with this key's rights."""
    return json_response(make_sign_in_link(app.runtime, asking), 201)


@router.put("/passwords/{name}")
@allows(Scope.ADMIN, errors=(Conflict,), any_name=True)
def set_password(name: Person, body: PasswordBody, app: CallerApp, asking: Asking) -> Answer[PasswordCard]:
    """Let a person sign in to the console by a password, with the rights of a key.

    A password that the person had is replaced, and browsers that signed in with the key are signed out.
    """
    key, password = KeyId(body.key or asking.key), body.password.get_secret_value()
    made = passwords.set_password(app.runtime, app.workspace, name, key=key, password=password)
    return json_response(_tell_person(made))


@router.get("/passwords")
@allows(Scope.ADMIN)
def list_passwords(app: CallerApp) -> Answer[Page[PasswordCard]]:
    """List who may sign in to the console by a password, without the passwords themselves."""
    return answer_all([_tell_person(one) for one in passwords.list_passwords(app.runtime, app.workspace)])


@router.delete("/passwords/{name}")
@allows(Scope.ADMIN)
def remove_password(name: Person, app: CallerApp) -> Answer[PasswordCard]:
    """Take a person's password away; browsers that signed in with its key are signed out."""
    return json_response(_tell_person(passwords.remove_password(app.runtime, app.workspace, name)))


def _tell_person(one: Password) -> PasswordCard:
    return PasswordCard(name=one.name, key=one.key, at=one.at)


@router.post("/erasures", status_code=201)
@allows(Scope.ADMIN)
def erase_person(body: ErasureBody, app: CallerApp) -> Answer[Erasure]:
    """Erase everything about an end user or a conversation; names the datasets and models that held it."""
    return json_response(app.erase(end_user=body.end_user, conversation=body.conversation), 201)


@router.get("/erasures")
@allows(Scope.ADMIN)
def list_erasures(app: CallerApp, limit: Limit = 100, after: After = None) -> Answer[Page[Erasure]]:
    """List what was erased, newest first; whom it was about is not said."""
    return answer_page(
        lambda place, n: query.list_erasures(app.runtime, app.workspace, after=place, limit=n), after, limit
    )


def _facts(key: Key) -> dict[str, Any]:
    """Give what may be told of a key: all but its hash."""
    return {name: getattr(key, name) for name in KeyCard.__struct_fields__}


@router.put("/provider-keys/{name}")
@allows(Scope.ADMIN, errors=(ConfigError,), any_name=True)
def set_provider_key(
    name: Variable, body: ProviderKeyBody, app: CallerApp, asking: Asking
) -> Answer[ProviderKeyCard]:
    """Seal a key under the name of an environment variable; it is shown to nobody, never again.

    It is used wherever that variable is named as the key of a model, and is sent only to the hosts that the
    variable is declared for. A variable that is set in the server's environment is used instead.
    """
    provider_keys.check_may_keep(asking)
    return json_response(
        _tell(app, provider_keys.set_provider_key(app.runtime, name, body.key.get_secret_value()))
    )


@router.get("/provider-keys")
@allows(Scope.ADMIN)
def list_provider_keys(app: CallerApp, asking: Asking) -> Answer[Page[ProviderKeyCard]]:
    """List the sealed keys by name, without the keys themselves."""
    provider_keys.check_may_keep(asking)
    return answer_all([_tell(app, one) for one in provider_keys.list_provider_keys(app.runtime)])


@router.delete("/provider-keys/{name}")
@allows(Scope.ADMIN)
def remove_provider_key(name: Variable, app: CallerApp, asking: Asking) -> Answer[ProviderKeyCard]:
    """Delete a sealed key; every server stops using it within two seconds."""
    provider_keys.check_may_keep(asking)
    return json_response(_tell(app, provider_keys.remove_provider_key(app.runtime, name)))


def _tell(app: App, key: SealedKey) -> ProviderKeyCard:
    return ProviderKeyCard(name=key.name, at=key.at, is_used=not app.runtime.keys.is_in_environment(key.name))
