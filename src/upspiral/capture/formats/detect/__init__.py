"""Which tool wrote a file, and what to try where none is known?"""

from upspiral.capture.formats.detect.rows import (
    CHAT,
    describe_rows,
    detect_format,
    is_langfuse,
    is_phoenix,
    is_stored_completion,
    is_tensorzero,
    suggest_command,
)

__all__ = [
    "CHAT",
    "describe_rows",
    "detect_format",
    "is_langfuse",
    "is_phoenix",
    "is_stored_completion",
    "is_tensorzero",
    "suggest_command",
]
