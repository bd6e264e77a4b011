"""What does the doctor look at? Parts by their names, each with its checks in order."""

from upspiral.cli.checks import machine, models, store
from upspiral.cli.checks.finding import Check, Finding, Installation

PARTS: dict[str, tuple[Check, ...]] = {
    "server": (machine.check_server, machine.check_environment),
    "database": (store.check_database, store.check_rows),
    "feedback": (store.check_feedback, store.check_traces),
    "keys": (store.check_keys, machine.check_files),
    "clock": (store.check_clock,),
    "schedules": (store.check_schedules, store.check_nights),
    "disk": (machine.check_disk,),
    "training": (machine.check_training,),
    "integration": (
        models.check_agents,
        models.check_refusals,
        machine.check_plugins,
    ),
    "hosts": (models.check_hosts,),
    "teacher": (models.check_teachers,),
}

__all__ = ["PARTS", "Check", "Finding", "Installation"]
