"""What must a reader of some tool's exports keep to? The same ids for the same rows, and no row stops it."""

import json
from datetime import UTC, datetime
from typing import Any

from upspiral.capture.formats import BadLine, Imported, Importer, ImportRequest, Remark
from upspiral.domain.ids import WorkspaceId

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
BROKEN_LINES = ("it is no JSON", "[]", "7", "null", '"text"', "{" * 2000)


class ImporterContract:
    """The battery for an import format; `make` is what was registered."""

    make: Any
    """Makes an Importer: a class, or a function within `staticmethod`."""

    def rows(self) -> list[dict[str, Any]]:
        """Give rows of an export, each a model call with an answer."""
        raise NotImplementedError

    def read(
        self, *lines: str, workspace: str = "w1", agent: str | None = None
    ) -> list[Imported | Remark | BadLine]:
        """Read lines."""
        made: Importer = type(self).make()
        request = ImportRequest(workspace=WorkspaceId(workspace), now=NOW, agent=agent)
        return list(made.read(lines, request))

    def lines(self) -> list[str]:
        """Give the rows as lines."""
        return [json.dumps(row) for row in self.rows()]

    def read_good(self, *lines: str, **options: Any) -> list[Imported]:
        """Give what was understood of lines."""
        return [one for one in self.read(*lines, **options) if isinstance(one, Imported)]

    def test_it_recognizes_its_rows_and_no_empty_one(self) -> None:
        """Show it both."""
        made: Importer = type(self).make()
        assert all(made.recognizes(row) for row in self.rows())
        assert not made.recognizes({})
        assert not made.recognizes({"text": "Hi"})

    def test_every_row_becomes_an_interaction_with_an_answer(self) -> None:
        """Read them all."""
        found = self.read_good(*self.lines())
        assert len(found) == len(self.rows())
        assert all(one.interaction.messages for one in found)
        assert all(one.interaction.answer or one.interaction.tool_calls for one in found)

    def test_the_same_rows_give_the_same_ids_and_another_workspace_others(self) -> None:
        """Read them again, and elsewhere."""
        first = [one.interaction.id for one in self.read_good(*self.lines())]
        assert first == [one.interaction.id for one in self.read_good(*self.lines())]
        assert len(set(first)) == len(first)
        elsewhere = [one.interaction.id for one in self.read_good(*self.lines(), workspace="w2")]
        assert not set(first) & set(elsewhere)

    def test_an_agent_that_is_named_gets_them_all(self) -> None:
        """Name one."""
        found = self.read_good(*self.lines(), agent="support")
        assert {one.interaction.agent for one in found} == {"support"}
        assert {one.interaction.workspace for one in found} == {"w1"}

    def test_a_line_that_cannot_be_read_is_named_and_the_others_are_read(self) -> None:
        """Put broken lines before good ones."""
        found = self.read(*BROKEN_LINES, *self.lines())
        bad = [one for one in found if isinstance(one, BadLine)]
        assert all(1 <= one.line <= len(BROKEN_LINES) and one.reason for one in bad)
        assert {1, 3} <= {one.line for one in bad}
        assert len([one for one in found if isinstance(one, Imported)]) == len(self.rows())

    def test_a_row_with_any_field_spoiled_is_read_passed_over_or_named(self) -> None:
        """Replace each field by what nobody expects."""
        for row in self.rows():
            for name in row:
                for strange in (None, 5, "x", [], [None], {"a": {"b": 1}}, True):
                    found = self.read(json.dumps(row | {name: strange}))
                    assert all(isinstance(one, Imported | Remark | BadLine) for one in found)
