"""THE NIGHT: find where we fail, write what we should have said, teach it, prove it, roll it out."""

from upspiral.cycle import steps
from upspiral.cycle.engine import Night, durable, wait_until_settled
from upspiral.domain import Ending, Verdict


@durable(conclude=steps.conclude)
def improve(night: Night) -> Ending:
    """One night for one agent. Every line may be the last before a crash, and is the next one after.

    Only ids cross a line; nouns are read back from the store.
    """
    if not steps.find_patterns(night):
        return Ending.RESTED

    if not steps.build_dataset(night):
        return Ending.RESTED

    steps.start_training(night)
    candidate = wait_until_settled(steps.make_candidate, night, every=steps.training_pace)
    if candidate is None:
        return Ending.FAILED

    if not steps.compare_with_incumbent(night):
        return Ending.RESTED

    if not steps.passes_gate(night):
        return Ending.REJECTED

    return _let_out(night)


@durable(conclude=steps.conclude)
def deploy(night: Night) -> Ending:
    """The second half of a night, for a version that a person names."""
    return _let_out(night)


def _let_out(night: Night) -> Ending:
    steps.start_canary(night)
    verdict = wait_until_settled(steps.watch_canary, night, every=steps.canary_pace)
    if verdict is not Verdict.HEALTHY:
        steps.roll_back(night)
        return Ending.ROLLED_BACK if verdict is Verdict.UNHEALTHY else Ending.INCONCLUSIVE

    steps.promote(night)
    return Ending.PROMOTED
