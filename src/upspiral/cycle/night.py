"""THE NIGHT: find where we fail, write what we should have said, mend it, prove it, roll it out."""

from upspiral.cycle import steps
from upspiral.cycle.durable.engine import Night, durable, wait_until_settled
from upspiral.cycle.levers import steps as levers
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

    if not choose_remedy(night):
        return Ending.RESTED

    if not steps.compare_with_incumbent(night):
        return Ending.RESTED

    if not steps.passes_gate(night):
        return Ending.REJECTED

    return _roll_out(night)


@durable(conclude=steps.conclude)
def deploy(night: Night) -> Ending:
    """The second half of a night, for a version that a person names."""
    return _roll_out(night)


def choose_remedy(night: Night) -> bool:
    """Let the levers draft, those first that promise most for their price; the best draft goes on."""
    for lever in levers.plan_levers(night):
        if wait_until_settled(levers.draft_candidate, night, lever, every=steps.training_pace):
            levers.try_candidate(night, lever)
    return levers.choose_candidate(night)


def _roll_out(night: Night) -> Ending:
    steps.start_canary(night)
    verdict = wait_until_settled(steps.watch_canary, night, every=steps.canary_pace)
    if verdict is not Verdict.HEALTHY:
        steps.roll_back(night)
        return Ending.ROLLED_BACK if verdict is Verdict.UNHEALTHY else Ending.INCONCLUSIVE

    steps.promote(night)
    return Ending.PROMOTED
