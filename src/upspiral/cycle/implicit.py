"""How did the answers go that nobody rated? The nightly look at what followed them."""

from upspiral.capture.implicit.judge import judge_followed
from upspiral.domain.ids import WorkspaceId
from upspiral.runtime import Runtime


def judge_nightly(runtime: Runtime, workspace: WorkspaceId) -> str:
    """Judge answers by what followed them in their conversation; give in words what came of it."""
    report = judge_followed(runtime.store, workspace, settings=runtime.settings.capture, now=runtime.now())
    return report.words
