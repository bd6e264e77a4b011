"""What of a record may reach the disk, what is it, and may it teach?

Every record passes here, whichever way it came: what no database can hold is mended, then what must be hidden
is hidden.
"""

import math
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from upspiral.capture.attachments import Attachments, detach
from upspiral.capture.config import CaptureSettings
from upspiral.capture.pricing.prices import PriceBook
from upspiral.capture.redaction.base import Redactor
from upspiral.capture.scales import Scales
from upspiral.domain import Feedback, Interaction, Kind, PendingFeedback, Source
from upspiral.domain.feedback import NEXT_TURN, SIGNAL_RATERS
from upspiral.domain.ids import FeedbackId
from upspiral.domain.span import Span
from upspiral.storable import mend

CONSENT = "trainable"
"""The name under which metadata may grant or refuse training: true or false."""
RECOMMENDATION, CONFIDENCE = "recommendation", "confidence"
"""Names in metadata: which kind of recommendation an answer is, and how sure the agent says it is."""
UNREAD_CONFIDENCE = "stated_confidence"
"""Where a confidence is kept that is no number from 0 to 1."""


class IngestPolicy(Struct, frozen=True):
    """The rules of one workspace: what is hidden, and what may teach."""

    redactor: Redactor | None
    """None where nothing is hidden."""
    settings: CaptureSettings
    scales: Scales
    """What is known of the scales of scores that other tools gave."""
    attachments: Attachments | None = None
    """Where the bytes of pictures and other files go; None where they stay in the records."""

    def interactions(self, given: Iterable[Interaction]) -> list[Interaction]:
        """Hide what must be hidden, cut what is too long, and settle whether they may teach."""
        ready = [self._mend(self._detach(one)) for one in given]
        return self.redactor.interactions(ready) if self.redactor else ready

    def interaction(self, given: Interaction) -> Interaction:
        """The same of one."""
        return self.interactions([given])[0]

    def _detach(self, given: Interaction) -> Interaction:
        return detach(given, self.attachments.put) if self.attachments else given

    def _mend(self, given: Interaction) -> Interaction:
        given = find_recommendation(self._price(mend(given, limit=self.settings.max_text_chars)))
        trainable = may_train(given, self.settings)
        return given if trainable == given.trainable else msgspec.structs.replace(given, trainable=trainable)

    def _price(self, given: Interaction) -> Interaction:
        """Price what others answered; what we answered is priced by whoever knows its host."""
        if given.usage.cost is not None or given.version is not None:
            return given
        book, provider = PriceBook(self.settings.prices), given.metadata.get("provider", "")
        cost = book.price(given.usage, given.model, provider=provider, at=given.at)
        if cost is None:
            return given
        return msgspec.structs.replace(given, usage=msgspec.structs.replace(given.usage, cost=cost))

    def feedback(self, given: Iterable[Feedback]) -> list[Feedback]:
        """Hide what must be hidden in signals."""
        whole = map(mend, given)
        return [self.redactor.feedback(one) if self.redactor else one for one in whole]

    def score(self, given: Iterable[Feedback], declared: Mapping[str, tuple[float, float]]) -> list[Feedback]:
        """Decide what scores of other tools say, with scales declared for this once."""
        return self.scales.declare(declared).settle(given)

    def early(self, given: Iterable[PendingFeedback]) -> list[PendingFeedback]:
        """Hide what must be hidden in signals that name their Interaction."""
        return [
            msgspec.structs.replace(
                one,
                id=FeedbackId(self.text(one.id)),
                key=self.text(one.key),
                signal=self.redactor.feedback(one.signal),
            )
            if self.redactor
            else one
            for one in map(mend, given)
        ]

    def text(self, given: str) -> str:
        """Hide what must be hidden in a text, so that what was hidden before can be found by it."""
        return self.redactor.text(given) if self.redactor else given

    def spans(self, given: Iterable[Span]) -> list[Span]:
        """Hide what must be hidden in the names and attributes of spans."""
        return [self.redactor.step(one) if self.redactor else one for one in map(mend, given)]


def as_implicit_hint(said: Feedback) -> Feedback:
    """Take a signal that came with a key which may only record: a hint, whatever it says it comes from.

    What it claimed to be is noted; a correction becomes words, so that it cannot teach. It does not pass for
    what we conclude by ourselves; actions such as copying stay what they are, as people must prove them.
    """
    if said.source == Source.IMPLICIT and said.rater == NEXT_TURN:
        return msgspec.structs.replace(said, rater=f"hint:{said.rater}")
    if said.source in (Source.IMPLICIT, Source.SELF_CONFIDENCE):
        return said
    return msgspec.structs.replace(
        said,
        source=Source.IMPLICIT,
        rater=f"hint:{said.rater}" if said.rater in SIGNAL_RATERS else said.rater,
        score=0.0 if said.score is None and said.correction else said.score,
        correction=None,
        comment="\n".join(filter(None, (said.comment, said.correction))) or None,
        metadata=said.metadata | {"claimed_source": said.source.value},
    )


def may_train(interaction: Interaction, settings: CaptureSettings) -> bool:
    """Say whether an Interaction may teach a model.

    Its own flag and the word of its metadata can forbid it; where consent is needed, only the word grants it.
    """
    word = _word(interaction.metadata)
    if settings.trainable == "none" or not interaction.trainable or word is False:
        return False
    return settings.trainable == "all" or word is True


def _word(metadata: Mapping[str, str]) -> bool | None:
    """Read the consent that metadata gives.

    >>> _word({"trainable": "true"}), _word({"trainable": "no"}), _word({})
    (True, False, None)
    """
    said = metadata.get(CONSENT)
    return None if said is None else said.strip().lower() in ("true", "yes", "1")


def find_recommendation(given: Interaction) -> Interaction:
    """Make an Interaction a recommendation where its metadata names a kind of one; else give it as it is.

    Args:
        given: As its sender described it, by whichever way it came.

    Returns:
        The Interaction of kind `recommendation`, with its type and a confidence from 0 to 1 in its metadata,
        as the learning cycle reads them.
    """
    named = given.metadata.get(RECOMMENDATION, "").strip()
    if not named and given.kind is not Kind.RECOMMENDATION:
        return given
    noted = dict(given.metadata)
    if named:
        noted["type"] = named
    if CONFIDENCE in noted:
        confidence = read_confidence(noted[CONFIDENCE])
        if confidence is None:
            noted[UNREAD_CONFIDENCE] = noted.pop(CONFIDENCE)
        else:
            noted[CONFIDENCE] = str(confidence)
    if given.kind is Kind.RECOMMENDATION and noted == given.metadata:
        return given
    return msgspec.structs.replace(given, kind=Kind.RECOMMENDATION, metadata=noted)


def read_confidence(said: str) -> float | None:
    """Read how sure an agent says it is: a number from 0 to 1, or a percentage; None for anything else.

    >>> read_confidence("0.8"), read_confidence("80 %"), read_confidence("high"), read_confidence("7")
    (0.8, 0.8, None, None)
    """
    number = said.strip()
    share = number.endswith("%")
    try:
        found = float(number.removesuffix("%")) / (100 if share else 1)
    except ValueError:
        return None
    return found if math.isfinite(found) and 0 <= found <= 1 else None
