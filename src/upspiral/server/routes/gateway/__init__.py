"""The gateway: OpenAI's and Anthropic's APIs, on the hot path."""

from upspiral.server.routes.gateway.answer_request import routes

__all__ = ["routes"]
