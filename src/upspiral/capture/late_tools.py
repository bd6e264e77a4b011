"""How does the result of a tool find the call that an earlier request told of?"""

from collections.abc import Sequence

import msgspec

from upspiral.capture.otlp.tools import LateTool
from upspiral.capture.rollup_deltas import for_failed_tools
from upspiral.domain import Interaction, ToolCall
from upspiral.domain.ids import WorkspaceId
from upspiral.store import Store


def join_tools(store: Store, workspace: WorkspaceId, late: Sequence[LateTool]) -> int:
    """Join what tools did to calls that were recorded before; give how many calls were joined.

    Exporters send what has ended every few seconds, so a tool that takes longer comes one request after the
    model call that asked for it. A call that has a result or an error keeps it.

    Args:
        store: Where everything is kept.
        workspace: Whose.
        late: What tools did, by trace and the id of the call.
    """
    if not late:
        return 0
    by_call = {(one.trace, one.call_id): one for one in late}
    failed: list[tuple[Interaction, str]] = []
    joined = 0
    with store.transaction():
        found = store.interactions.of_traces(workspace, {one.trace for one in late})
        store.interactions.lock(workspace, [one.id for one in found])
        for one in found:
            calls = tuple(
                _join(call, by_call.get((one.trace or "", call.id or ""))) for call in one.tool_calls
            )
            new = [call for call, old in zip(calls, one.tool_calls, strict=True) if call is not old]
            if new:
                store.interactions.set_tool_calls(workspace, one.id, calls)
                failed += [(one, call.name) for call in new if call.error is not None]
                joined += len(new)
        store.tool_rollups.grow(for_failed_tools(failed))
    return joined


def _join(call: ToolCall, did: LateTool | None) -> ToolCall:
    if did is None or call.result is not None or call.error is not None:
        return call
    took = call.duration_ms if call.duration_ms is not None else did.duration_ms
    return msgspec.structs.replace(call, result=did.result, error=did.error, duration_ms=took)
