"""Who may do what: keys; and who is forgotten."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from upspiral.admin.keys import check_may_grant, make_key
from upspiral.domain import Attempt, Key, Scope
from upspiral.domain.ids import KeyId, WorkspaceId
from upspiral.errors import Conflict
from upspiral.server.deps import Asking, CallerApp, json_response, path_of
from upspiral.server.idempotency import Repetition, run_once
from upspiral.server.policy import allows
from upspiral.server.schemas.access import ErasureBody, KeyBody

router = APIRouter(prefix="/api/v1", tags=["keys"])


@router.post("/keys", status_code=201, response_model=None)
@allows(Scope.ADMIN, atomic=True)
def create_key(body: KeyBody, app: CallerApp, asking: Asking, request: Request) -> Response:
    """Make a key; it is shown in this answer and never again, not to a repeated request either."""
    workspace = WorkspaceId(body.workspace or asking.workspace)
    scopes = [Scope(scope) for scope in body.scopes]
    check_may_grant(asking, workspace, scopes)
    store, now = app.runtime.store, app.runtime.now()

    def work() -> Response:
        store.workspaces.ensure(workspace, now)
        text, key = make_key(
            store, workspace, name=body.name, scopes=scopes, now=now, per_minute=body.per_minute
        )
        return json_response({"key": text, **_to_json(key)}, 201, at=path_of("/api/v1/keys", key.id))

    return run_once(
        request.scope, app.runtime, work, repetition=Repetition(keep=False, reread=_refuse_repeat)
    )


def _refuse_repeat(known: Attempt) -> Response:
    raise Conflict(
        f"The key {(known.about or '').rpartition('/')[2]!r} was made by the first of these requests, "
        "and a key is shown only once.",
        hint="Use the key of the first answer; if it did not reach you, revoke that key and make another.",
    )


@router.get("/keys", response_model=None)
@allows(Scope.ADMIN)
def list_keys(app: CallerApp) -> Response:
    """List the workspace's keys, without the keys themselves."""
    return json_response([_to_json(key) for key in app.runtime.store.keys.of(app.workspace)])


@router.delete("/keys/{key}", response_model=None)
@allows(Scope.ADMIN)
def revoke_key(key: str, app: CallerApp) -> Response:
    """Revoke a key; every process refuses it within two seconds."""
    return json_response(
        _to_json(app.runtime.store.keys.revoke(app.workspace, KeyId(key), app.runtime.now()))
    )


@router.post("/erasures", status_code=201, response_model=None)
@allows(Scope.ADMIN)
def erase(body: ErasureBody, app: CallerApp) -> Response:
    """Erase everything about an end user or a conversation; names the datasets and models that held it."""
    return json_response(app.erase(end_user=body.end_user, conversation=body.conversation), 201)


@router.get("/erasures", response_model=None)
@allows(Scope.ADMIN)
def list_erasures(app: CallerApp) -> Response:
    """List what was erased; whom it was about is not said."""
    return json_response(app.runtime.store.erasures.list_rows(app.workspace))


def _to_json(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "workspace": key.workspace,
        "name": key.name,
        "shown": key.shown,
        "scopes": key.scopes,
        "at": key.at,
        "revoked": key.revoked,
        "per_minute": key.per_minute,
    }
