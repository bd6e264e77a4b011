"""Which exports of other tools can be read?"""

from upspiral.capture.formats.chat_jsonl import BadLine, Imported
from upspiral.capture.formats.detect import describe_rows, detect_format, suggest_command
from upspiral.capture.formats.files import rows
from upspiral.capture.formats.importer import Importer, ImportRequest, RowImporter
from upspiral.capture.formats.values import Remark

__all__ = [
    "BadLine",
    "ImportRequest",
    "Imported",
    "Importer",
    "Remark",
    "RowImporter",
    "describe_rows",
    "detect_format",
    "suggest_command",
    "rows",
]
