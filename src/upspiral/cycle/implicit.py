"""How did the answers go that nobody rated? By what followed them, and by what a judge says of a sample."""

import asyncio

from upspiral.capture.implicit.judge import judge_followed
from upspiral.capture.judged.sample import grade_sample
from upspiral.domain.ids import WorkspaceId
from upspiral.runtime import Runtime


def judge_nightly(runtime: Runtime, workspace: WorkspaceId) -> str:
    """Judge answers by what followed them in their conversation; give in words what came of it."""
    report = judge_followed(runtime.store, workspace, settings=runtime.settings.capture, now=runtime.now())
    return report.words


def grade_daily(runtime: Runtime, workspace: WorkspaceId) -> str:
    """Let the judge grade a sample of the day's answers; give in words what came of it.

    Raises:
        ConfigError: Calls are allowed, and no model is set that judges.
    """
    chosen = runtime.settings.judge
    if not chosen.daily_calls:
        return "No answer was graded: judge.daily_calls is 0."
    judging = grade_sample(
        runtime.store,
        workspace,
        runtime.judge(workspace),
        calls=chosen.daily_calls,
        concurrency=chosen.concurrency,
        settings=runtime.settings.capture,
        rng=runtime.rng,
        now=runtime.now(),
    )
    return asyncio.run(judging).words
