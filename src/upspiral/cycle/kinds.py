"""Which page is run for each kind of night? Parts that a person runs by hand have short ones of their own."""

from upspiral.cycle import steps
from upspiral.cycle.engine import Night, durable, wait_until_settled
from upspiral.cycle.night import deploy, improve
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
    steps.start_training(night)
    candidate = wait_until_settled(steps.make_candidate, night, every=steps.training_pace)
    return Ending.FAILED if candidate is None else Ending.DONE


PAGES = {
    CycleKind.IMPROVE: improve,
    CycleKind.CURATE: curate,
    CycleKind.TRAIN: train,
    CycleKind.DEPLOY: deploy,
}
