"""What pages in a browser get and may send: the feedback component, and its feedback."""

from upspiral.server.browser import component_files, feedback

ROUTERS = (feedback.router, component_files.router)
