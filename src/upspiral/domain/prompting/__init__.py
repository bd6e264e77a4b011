"""What is put before a request: the words of a version, and what its memory holds about the question."""

from upspiral.domain.prompting.memory import Memory, MemoryItem
from upspiral.domain.prompting.prompt import Prompt, Recall, write_prompt

__all__ = ["Memory", "MemoryItem", "Prompt", "Recall", "write_prompt"]
