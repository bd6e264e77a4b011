"""Who can be asked? One protocol for models that answer, and the one way out to the network."""

from upspiral.providers.base import ChatModel, ChatRequest, Completion
from upspiral.providers.openai_compatible import OpenAICompatible

__all__ = ["ChatModel", "ChatRequest", "Completion", "OpenAICompatible"]
