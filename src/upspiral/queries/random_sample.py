"""Which answers were drawn at random, so that somebody judges them?"""

from msgspec import Struct

from upspiral.cycle.planning.evidence import window_now
from upspiral.domain import conversations
from upspiral.domain.ids import AgentId, InteractionId, WorkspaceId
from upspiral.domain.judgment.random_sample import draw_sample, find_verdicts, is_judged
from upspiral.runtime import Runtime


class SampledAnswer(Struct, frozen=True, kw_only=True):
    """The last turn of a conversation that was drawn."""

    conversation: str
    interaction: InteractionId
    question: str
    answer: str
    judged: bool
    """Did a person or a verifier say whether one of its turns was right?"""


def list_sample(runtime: Runtime, workspace: WorkspaceId, agent: AgentId) -> list[SampledAnswer]:
    """Give the conversations that are drawn at random from what the next night may learn from.

    Raises:
        NotFound: There is no such agent.
    """
    store = runtime.store
    turns = store.evidence.within(workspace, agent, window_now(runtime, workspace, agent))
    ids = [turn.id for turn in turns]
    verdicts = find_verdicts(store.feedback.about(workspace, ids))
    return [
        SampledAnswer(
            conversation=one.id,
            interaction=one.interactions[-1].id,
            question=one.interactions[-1].question,
            answer=one.interactions[-1].answer or "",
            judged=is_judged(one, verdicts),
        )
        for one in draw_sample(conversations(turns, store.outcomes.of(workspace, ids)))
    ]
