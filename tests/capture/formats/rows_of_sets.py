"""Reading a file of a test set."""

import json
from datetime import UTC, datetime
from typing import Any

from upspiral.capture.formats import BadLine, Imported, ImportRequest, Remark
from upspiral.capture.formats.detect import detect_format
from upspiral.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from upspiral.plugin_kinds import IMPORTER

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def read(*given: Any) -> tuple[str, list[Imported | Remark | BadLine]]:
    name = detect_format(given)
    assert name
    request = ImportRequest(workspace=WorkspaceId(DEFAULT_WORKSPACE), now=NOW)
    return name, list(IMPORTER.get(name)().read([json.dumps(row) for row in given], request))


def imported(*given: Any, name: str) -> list[Imported]:
    told, found = read(*given)
    assert told == name
    good = [one for one in found if isinstance(one, Imported)]
    assert len(good) == len(found), found
    return good
