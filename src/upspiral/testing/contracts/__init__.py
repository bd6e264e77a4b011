"""What must whatever is built on Upspiral keep to? Test classes to subclass; each proves one kind of part."""

from upspiral.testing.contracts.facts import FactLearnerContract, PolicyContract
from upspiral.testing.contracts.learners import LearnerContract

__all__ = ["FactLearnerContract", "LearnerContract", "PolicyContract"]
