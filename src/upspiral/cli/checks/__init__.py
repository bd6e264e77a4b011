"""What does the doctor look at? Parts by their names, each with its checks in order."""

from upspiral.cli.checks import machine, models, store
from upspiral.cli.checks.finding import Check, Finding, Installation
from upspiral.cli.checks.tools import check_tools

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

ON_REQUEST: dict[str, tuple[Check, ...]] = {"mcp": (check_tools,)}
"""Parts that are looked at only where they are named: every tool is called."""

__all__ = ["ON_REQUEST", "PARTS", "Check", "Finding", "Installation"]
