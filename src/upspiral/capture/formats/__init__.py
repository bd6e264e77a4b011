"""Which exports of other tools can be read?"""

from upspiral.capture.formats.chat_jsonl import BadLine, Imported
from upspiral.capture.formats.detect import describe_rows, detect_format
from upspiral.capture.formats.files import rows
from upspiral.capture.formats.reading import FORMATS, Parse, read, read_rows
from upspiral.capture.formats.values import Remark

__all__ = [
    "FORMATS",
    "BadLine",
    "Imported",
    "Parse",
    "Remark",
    "describe_rows",
    "detect_format",
    "read",
    "read_rows",
    "rows",
]
