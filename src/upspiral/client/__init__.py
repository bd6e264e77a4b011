"""The client library: tell Upspiral what happened, without ever waiting for it.

Takes calls from an application, gives them to the server's REST doors in the background.
"""

from upspiral.client.client import AsyncUpspiral, Upspiral
from upspiral.client.tasks import Task

__all__ = ["AsyncUpspiral", "Task", "Upspiral"]
