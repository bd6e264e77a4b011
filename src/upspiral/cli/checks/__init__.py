"""What does the doctor look at? Parts by their names, each with its checks in order."""

from upspiral.cli.checks import database, machine, models
from upspiral.cli.checks.finding import Check, Finding, Installation
from upspiral.cli.checks.tools import check_tools

PARTS: dict[str, tuple[Check, ...]] = {
    "server": (machine.check_server, machine.check_environment),
    "database": (database.check_database, database.check_rows),
    "feedback": (database.check_feedback, database.check_traces),
    "keys": (database.check_keys, machine.check_files),
    "clock": (database.check_clock,),
    "schedules": (database.check_schedules, database.check_nights),
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
