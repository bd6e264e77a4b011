"""What may an answer never do, however good it is? One file per guard; a gate may be vetoed by them (pure).

A guard is a scorer that gives 1 where nothing is wrong and 0 where something is, with the reason. What is
expected it reads from the reference, or from the definitions of the tools, so that none needs settings.
"""

from upspiral.scorers.guards.json_shape import FormatGuard, SchemaGuard
from upspiral.scorers.guards.language import LanguageGuard
from upspiral.scorers.guards.length import LengthGuard
from upspiral.scorers.guards.refusal import RefusalGuard
from upspiral.scorers.guards.tool_schema import ToolSchemaGuard

__all__ = ["FormatGuard", "LanguageGuard", "LengthGuard", "RefusalGuard", "SchemaGuard", "ToolSchemaGuard"]
