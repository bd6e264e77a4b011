"""A book of profiles with a few runs."""

from upspiral.route.profiles import LoggedRun, ProfileBook

RUN = LoggedRun(("gpt", "claude"), True, 1250.0, "medical")


def book(runs: int, run: LoggedRun = RUN) -> ProfileBook:
    made = ProfileBook()
    for _ in range(runs):
        made.log_run(run)
    return made
