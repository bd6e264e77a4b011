"""The client library of Upspiral: tell a server what happened, without ever waiting for it.

Where the package `upspiral` is installed, its client is this one; else the files that this package brings are
imported under the same name, so that nothing exists twice in a process.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("upspiral") is None:
    sys.path.append(str(Path(__file__).parent / "bundled"))

from upspiral.client import AsyncUpspiral, Task, Upspiral
from upspiral.errors import UpspiralError
from upspiral.version import __version__

__all__ = ["AsyncUpspiral", "Task", "Upspiral", "UpspiralError", "__version__"]
