"""Which exports does Upspiral read by itself? Each format registers here, under the name it is chosen by."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from upspiral.capture.formats import langfuse, phoenix, promptfoo, tensorzero
from upspiral.capture.formats.chat_jsonl import BadLine, Imported, parse
from upspiral.capture.formats.detect import (
    CHAT,
    is_langfuse,
    is_phoenix,
    is_stored_completion,
    is_tensorzero,
)
from upspiral.capture.formats.importer import ImportRequest, RowImporter
from upspiral.capture.formats.openai import evals, stored
from upspiral.capture.formats.row_shapes import shape_of
from upspiral.plugin_kinds import IMPORTER


@IMPORTER.register("langfuse")
def make_langfuse() -> RowImporter:
    """Make the reader of Langfuse's exports."""
    return RowImporter(langfuse.parse, is_langfuse, langfuse.unfold)


@IMPORTER.register("phoenix")
def make_phoenix() -> RowImporter:
    """Make the reader of Phoenix's exports."""
    return RowImporter(phoenix.parse, is_phoenix, phoenix.unfold)


@IMPORTER.register("tensorzero")
def make_tensorzero() -> RowImporter:
    """Make the reader of TensorZero's exports."""
    return RowImporter(tensorzero.parse, is_tensorzero)


@IMPORTER.register("openai-stored")
def make_openai_stored() -> RowImporter:
    """Make the reader of completions that OpenAI stores."""
    return RowImporter(stored.parse, is_stored_completion)


@IMPORTER.register(promptfoo.FORMAT)
def make_promptfoo() -> RowImporter:
    """Make the reader of promptfoo's test sets and results."""
    return RowImporter(promptfoo.parse, promptfoo.is_promptfoo, promptfoo.unfold)


@IMPORTER.register(evals.FORMAT)
def make_openai_evals() -> RowImporter:
    """Make the reader of OpenAI's Evals: data, results of runs, and logs."""
    return RowImporter(evals.parse, evals.is_openai_evals)


@IMPORTER.register(CHAT)
class ChatJsonl:
    """Our own format, and the many shapes that people keep conversations in."""

    def recognizes(self, row: Mapping[str, Any]) -> bool:
        """See `Importer`."""
        return shape_of(row) is not None

    def read(self, lines: Sequence[str], request: ImportRequest) -> Iterator[Imported | BadLine]:
        """See `Importer`."""
        return parse(
            lines,
            mapping=request.mapping,
            agent=request.agent,
            workspace=request.workspace,
            now=request.now,
            first_line=request.first_line,
            tool_tag=request.tool_tag,
            copies=request.copies,
        )
