"""Who changed what? Every change that a person asks for is written down, by the one door it passes."""

from msgspec import Struct

from upspiral.admin.keys import name_key
from upspiral.domain import Principal
from upspiral.domain.access import AuditEntry
from upspiral.runtime import Runtime


class RequestedChange(Struct, frozen=True, kw_only=True):
    """What a request changed."""

    via: str
    """`console` or `api`."""
    action: str
    path: str
    detail: str = ""


def record_change(runtime: Runtime, principal: Principal, change: RequestedChange) -> AuditEntry:
    """Write down what somebody changed, and when."""
    entry = AuditEntry(
        id=runtime.mint("aud"),
        workspace=principal.workspace,
        at=runtime.now(),
        key=principal.key,
        key_name=name_key(runtime, principal.workspace, principal.key),
        via=change.via,
        action=change.action,
        path=change.path,
        detail=change.detail,
    )
    runtime.store.audit_entries.add(entry)
    return entry
