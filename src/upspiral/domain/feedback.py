"""What someone thought of an Interaction, and what was concluded."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import AgentId, FeedbackId, InteractionId, RaterId, WorkspaceId, derive


class Source(StrEnum):
    """Where a signal comes from, most trusted first."""

    HUMAN_EVALUATION = "human_evaluation"
    USER_CORRECTION = "user_correction"
    USER_RATING = "user_rating"
    PREFERENCE = "preference"
    """A person compared two answers, of which this one was given: weaker than any word about it alone."""
    VERIFIER = "verifier"
    JUDGE = "judge"
    IMPLICIT = "implicit"
    SELF_CONFIDENCE = "self_confidence"


FAMILIES = {
    Source.HUMAN_EVALUATION: "human",
    Source.USER_CORRECTION: "user",
    Source.USER_RATING: "user",
    Source.VERIFIER: "verifier",
    Source.JUDGE: "judge",
}
"""Sources whose raters are weighed against each other; implicit signals are weighed against people."""
PEOPLE = frozenset((Source.HUMAN_EVALUATION, Source.USER_CORRECTION, Source.USER_RATING))
"""Sources that are people, against whom implicit signals are checked."""
NEXT_TURN = "next-turn"
"""The implicit rater that reads what came after an answer in the same conversation."""
ACTIONS = ("copied", "continued")
"""What a person may do with an answer; each is an implicit rater, not counted until people prove it right."""
SIGNAL_RATERS = (NEXT_TURN, *ACTIONS)
"""Implicit raters that are weighed."""
GOLD = "gold"
"""Label of a human evaluation that is the truth about its Interaction."""


def to_rater_key(source: Source, rater: str) -> str:
    """Name a rater together with where the signal came from, for anybody may be called anything.

    >>> to_rater_key(Source.USER_CORRECTION, "anna"), to_rater_key(Source.JUDGE, "anna")
    ('user:anna', 'judge:anna')
    """
    return f"{FAMILIES.get(source, source.value)}:{rater}"


PREFERRED_SCORE, TIE_SCORE, LOST_SCORE = 0.75, 0.5, 0.25
"""Scores of an answer that a person prefers to another, finds as good, or finds worse than it."""


class Feedback(Struct, frozen=True, kw_only=True):
    """One signal about an Interaction: thumbs, rating, label, comment, or a correction."""

    id: FeedbackId
    workspace: WorkspaceId
    interaction: InteractionId
    at: datetime
    source: Source
    rater: str = "anonymous"
    score: float | None = None
    """0 (bad) to 1 (good); None where only words were given."""
    label: str | None = None
    comment: str | None = None
    correction: str | None = None
    """What should have been answered."""
    metadata: dict[str, str] = {}
    """Anything else the rater gave, such as a quality by dimension."""
    public: bool = False
    """Did a page say it, with a token for one answer? Then nobody vouches for who is behind it."""

    @property
    def voice(self) -> str:
        """Whose word it is: the kind of source with the rater's name."""
        return to_rater_key(self.source, self.rater)


class Judgement(Struct, frozen=True):
    """One signal as far as it judges: what many of them are read for."""

    interaction: InteractionId
    agent: AgentId
    source: Source
    rater: str
    score: float | None = None
    label: str | None = None
    correction: str | None = None
    answer: str = ""
    """What was answered, where a correction has to be compared with it."""
    error: str | None = None
    """What went wrong in the Interaction."""

    @property
    def voice(self) -> str:
        """Whose word it is: the kind of source with the rater's name."""
        return to_rater_key(self.source, self.rater)


class VoteWeight(Struct, frozen=True):
    """How much a rater's word counts, by what it says; 1 is a typical rater's vote.

    A negative weight makes the word count for its contrary, for one whom gold shows to be wrong more often
    than right.
    """

    good: float = 1.0
    bad: float = 1.0

    def of(self, score: float) -> float:
        """Give the weight of a word, between the two for a score between 0 (bad) and 1 (good).

        >>> VoteWeight(good=0.5, bad=1.5).of(0.75)
        0.75
        """
        return score * self.good + (1 - score) * self.bad


class Reliability(Struct, frozen=True, kw_only=True):
    """How much one rater's word counts, and why."""

    voice: str
    """The kind of source with the rater's name, such as `user:anna`."""
    weight: float
    """The mean of the next two: 0 where both are 0 (not counted), below 0 only if gold was judged wrong."""
    weight_good: float
    """How much it counts when the rater says good: -3 to 3, 1 for a typical vote."""
    weight_bad: float
    votes: int
    checked: int
    """Votes on Interactions that others judged too, or whose truth is known."""
    right: float
    """Estimated share of right votes, 0 to 1."""
    right_on_good: float
    right_on_bad: float
    typical: float
    """The share of right votes of a typical rater, whose votes weigh 1 on average."""
    method: str
    """Against what the votes were checked: majority or dawid_skene."""
    bloc: tuple[str, ...] = ()
    """The other members of the bloc, if the rater belongs to one."""
    in_step: tuple[str, ...] = ()
    """The others with whom the rater votes in step, so that together they count as one."""
    agreed: float | None = None
    """Share of shared items that two members of the bloc judged alike."""
    expected: float | None = None
    """The share that their reliability and habits would explain."""
    reason: str = ""
    """All this in words."""


class RaterWeight(Reliability, frozen=True, kw_only=True):
    """The same, kept in a workspace."""

    id: RaterId
    workspace: WorkspaceId
    at: datetime
    """When any of this was last found different."""

    @staticmethod
    def id_of(rater: str) -> RaterId:
        """Give the id of a rater within a workspace."""
        return RaterId(derive("rat", rater))


class Status(StrEnum):
    """How an Interaction went."""

    UNKNOWN = "unknown"
    SUCCESS = "success"
    FAILURE = "failure"


PARTIAL_WORTH = 0.5
"""What a partial success is worth, where a success is worth 1."""


class Outcome(Struct, frozen=True, kw_only=True):
    """The settled verdict of an Interaction, folded from all its signals."""

    interaction: InteractionId
    workspace: WorkspaceId
    agent: AgentId
    interaction_at: datetime
    """When the Interaction happened; lists of one verdict are ordered by it."""
    status: Status
    score: float | None = None
    """0 to 1; None while unknown."""
    reason: str
    """Which signal decided, in words."""
    signals: tuple[FeedbackId, ...] = ()
    """Every signal that was there, the deciding ones included."""
    at: datetime
    """When it was last folded."""
    settled: datetime | None = None
    """When it first stopped being unknown."""

    @property
    def worth(self) -> float | None:
        """Say how much of a success it is, wherever a mean is taken; None where nobody judged it.

        A partial success, judged to lie between the two thresholds, is worth a half. Where failures are
        counted it is left out, for it is none.
        """
        if self.status == Status.UNKNOWN:
            return None if self.score is None else PARTIAL_WORTH
        return float(self.status == Status.SUCCESS)


class FeedbackTarget(StrEnum):
    """By what a signal names its Interaction."""

    INTERACTION = "interaction"
    TRACE = "trace"
    CONVERSATION = "conversation"
    CLIENT_ID = "client_id"


OBSERVATION = "observation"
"""Name in the metadata of a signal about a trace: the step of it that is meant, if that is a model call."""


class PendingFeedback(Struct, frozen=True, kw_only=True):
    """A signal whose Interaction has not come yet; joined to it when it does."""

    id: FeedbackId
    workspace: WorkspaceId
    at: datetime
    by: FeedbackTarget
    key: str
    """The id by which the Interaction will be found."""
    signal: Feedback
    """As it will be stored; its `interaction` is empty until then."""
