"""4 · Can a model learn it?

Takes a Dataset and a base model, gives a TrainingJob and, once that succeeds, a ModelVersion.
Verbs: `launch`, `poll` and `cancel`, all on the stored job, so that nothing is held in memory.
"""

from upspiral.train.base import Trainer, TrainingProgress
from upspiral.train.config import TrainSettings
from upspiral.train.launch import cancel, launch, poll

__all__ = ["TrainingProgress", "TrainSettings", "Trainer", "cancel", "launch", "poll"]
