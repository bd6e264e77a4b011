"""Which page is run for each kind of night? Parts that a person runs by hand have short ones of their own."""

from upspiral.cycle import steps
from upspiral.cycle.durable.engine import Night, durable
from upspiral.cycle.night import choose_remedy, deploy, improve
from upspiral.domain import CycleKind, Ending


@durable(conclude=steps.conclude)
def curate(night: Night) -> Ending:
    """Find the weaknesses and write what should have been said."""
    if steps.find_patterns(night) and steps.build_dataset(night):
        return Ending.DONE
    return Ending.RESTED


@durable(conclude=steps.conclude)
def train(night: Night) -> Ending:
    """Teach a dataset to the model; the candidate waits to be compared and deployed."""
    return Ending.DONE if choose_remedy(night) else Ending.RESTED


PAGES = {
    CycleKind.IMPROVE: improve,
    CycleKind.CURATE: curate,
    CycleKind.TRAIN: train,
    CycleKind.DEPLOY: deploy,
}
