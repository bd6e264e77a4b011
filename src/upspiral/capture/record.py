"""Write down what happened and what was thought of it: the verbs of this stage."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from upspiral.capture.config import CaptureSettings
from upspiral.capture.outcome import fold
from upspiral.domain import Feedback, Interaction, Outcome
from upspiral.domain.ids import InteractionId
from upspiral.errors import NotFound
from upspiral.store import Store


def record(store: Store, *interactions: Interaction) -> None:
    """Write Interactions down, each once; returns when they are on the disk.

    One that ended in an error has its Outcome at once.
    """
    failed = [fold(i, (), settings=CaptureSettings(), now=i.at) for i in interactions if i.error]
    with store.transaction():
        store.interactions.add_missing(*interactions)
        store.outcomes.add_missing(*failed)


def give_feedback(
    store: Store, feedback: Sequence[Feedback], *, settings: CaptureSettings, now: datetime
) -> list[Outcome]:
    """Write signals down and fold the Outcomes anew; all of it happens, or nothing.

    Raises:
        NotFound: One of the Interactions does not exist.
    """
    if not feedback:
        return []
    workspace = feedback[0].workspace
    with store.transaction():
        ids = list(dict.fromkeys(signal.interaction for signal in feedback))
        known = {i.id: i for i in store.interactions.many(workspace, ids)}
        for wanted in ids:
            if wanted not in known:
                raise NotFound(
                    f"There is no Interaction {wanted!r} to give feedback on.",
                    hint="Use the id that the answer carried; nothing of this request was stored.",
                )
        store.feedback.add_missing(*feedback)
        signals: dict[InteractionId, list[Feedback]] = defaultdict(list)
        for signal in store.feedback.about(workspace, ids):
            signals[signal.interaction].append(signal)
        before = store.outcomes.of(workspace, ids)
        outcomes = [
            fold(known[i], signals[i], settings=settings, now=now, previous=before.get(i)) for i in ids
        ]
        store.outcomes.put(*outcomes)
    return outcomes
