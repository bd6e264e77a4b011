"""What must whatever is built on Upspiral keep to? Test classes to subclass; each proves one kind of part.

They need pytest, and each is the battery of one kind of plug-in (see `upspiral.plugins`), or of a store.
"""

from upspiral.testing.contracts.facts import FactLearnerContract, PolicyContract
from upspiral.testing.contracts.importers import ImporterContract
from upspiral.testing.contracts.judges import JudgeContract
from upspiral.testing.contracts.learners import LearnerContract
from upspiral.testing.contracts.levers import LeverContract
from upspiral.testing.contracts.notifiers import NotifierContract
from upspiral.testing.contracts.providers import ChatModelContract, ProviderContract
from upspiral.testing.contracts.redactors import RedactorContract
from upspiral.testing.contracts.scorers import ScorerContract
from upspiral.testing.contracts.senders import SenderContract
from upspiral.testing.contracts.stores import StoreContract
from upspiral.testing.contracts.trainers import TrainerContract

__all__ = [
    "ChatModelContract",
    "FactLearnerContract",
    "ImporterContract",
    "JudgeContract",
    "LearnerContract",
    "LeverContract",
    "NotifierContract",
    "PolicyContract",
    "ProviderContract",
    "RedactorContract",
    "ScorerContract",
    "SenderContract",
    "StoreContract",
    "TrainerContract",
]
