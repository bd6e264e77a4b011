"""What may a child process of ours know, and how does it share the machine?"""

import os

PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "VIRTUAL_ENV",
)
"""The only environment variables a child gets; no key is among them."""

IDLE_THREADS_SLEEP = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0"}
"""Threads that wait sleep: on a busy machine, spinning made torch twenty times slower."""


TERMINAL = ("TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR")
"""What a child needs that writes to the user's terminal."""


def child_environment(*more: str) -> dict[str, str]:
    """Give the environment of a child process.

    Args:
        more: Names of variables that it gets too; never one that holds a key.
    """
    return {name: os.environ[name] for name in (*PASSED_ON, *more) if name in os.environ} | IDLE_THREADS_SLEEP
