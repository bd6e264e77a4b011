"""How much CPU has a server used? Unlike a rate, little moved by what else the machine does."""

import time

import psutil

IDLE_CPU_S = 0.05
"""A server that uses less than this in a second has nothing left to prepare."""


def cpu_s(process: psutil.Process) -> float:
    """Seconds of CPU that a process has used."""
    used = process.cpu_times()
    return float(used.user + used.system)


def wait_until_idle(process: psutil.Process) -> float:
    """Wait until a new server has imported what it needs; give the CPU seconds that it has used."""
    before, used = -1.0, cpu_s(process)
    while used - before > IDLE_CPU_S:
        time.sleep(1)
        before, used = used, cpu_s(process)
    return used
