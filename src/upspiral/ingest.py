"""How is what was sent written down? By the verbs of capture, with the settings and clock of this process.

Every function belongs into a transaction of its caller, such as `Runtime.write`.
"""

from collections.abc import Iterable, Sequence

from upspiral import capture
from upspiral.capture import Given
from upspiral.capture.late_tools import join_tools
from upspiral.capture.otlp.tools import LateTool
from upspiral.capture.pricing.price_past import Priced, price_past
from upspiral.capture.pricing.prices import PriceBook
from upspiral.capture.record import Recorded
from upspiral.domain import Feedback, Interaction, PendingFeedback
from upspiral.domain.ids import WorkspaceId
from upspiral.domain.span import Span
from upspiral.runtime import Runtime
from upspiral.serving.attribute import attribute_prompts


def record_interactions(runtime: Runtime, interactions: Sequence[Interaction]) -> Recorded:
    """Write Interactions down, each once; refuse those whose id is known with other content."""
    return capture.record_or_refuse(
        runtime.store, attribute_prompts(runtime, interactions), now=runtime.now()
    )


def record_feedback(
    runtime: Runtime,
    signals: Sequence[PendingFeedback],
    *,
    wait: bool | Sequence[bool],
    revise: bool = False,
) -> Given:
    """Write signals down and fold the Outcomes again; the good ones are kept.

    Args:
        runtime: The parts.
        signals: What was said, each with the name of its Interaction.
        wait: May those wait whose Interaction has not come? One answer, or one for each signal.
        revise: Does a signal take the place of what was said under its id before? Else it is refused.
    """
    settings = runtime.settings.capture
    return capture.give_named(
        runtime.store, signals, settings=settings, now=runtime.now(), wait=wait, revise=revise
    )


def record_spans(runtime: Runtime, spans: Sequence[Span]) -> None:
    """Write steps down, each once."""
    capture.record(runtime.store, spans=spans, now=runtime.now())


def list_spans(runtime: Runtime, workspace: WorkspaceId, traces: Iterable[str]) -> list[Span]:
    """Give the steps of some traces, oldest first."""
    return [span for trace in sorted(set(traces)) for span in runtime.store.spans.of_trace(workspace, trace)]


def record_history(
    runtime: Runtime,
    interactions: Sequence[Interaction],
    feedback: Sequence[Feedback],
    *,
    workspace: WorkspaceId,
    spans: Sequence[Span] = (),
    remarks: Sequence[PendingFeedback] = (),
    late: Sequence[LateTool] = (),
) -> list[Interaction]:
    """Write down what a file or a trace tells: what happened, the steps around it and what was said of it.

    Args:
        runtime: The parts.
        interactions: What happened.
        feedback: What was said of it.
        workspace: Whose all of it is.
        spans: The steps around it.
        remarks: What was said of Interactions that may come later.
        late: What tools did whose call came earlier.

    Returns:
        The Interactions that were not there yet.
    """
    now, settings = runtime.now(), runtime.settings.capture
    given = attribute_prompts(runtime, interactions)
    new = capture.record(runtime.store, *given, spans=spans, now=now)
    join_tools(runtime.store, workspace, late)
    capture.give_feedback(runtime.store, feedback, settings=settings, now=now)
    record_feedback(runtime, remarks, wait=True)
    return new


def price_past_answers(runtime: Runtime, workspace: WorkspaceId) -> Priced:
    """Price past answers that have no price, by the prices that are known now."""
    book = PriceBook(runtime.settings.capture.prices)
    return price_past(runtime.store, workspace, book, now=runtime.now())
