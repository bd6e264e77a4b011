"""Are pictures kept once, apart from the records, and gone when the last record is that holds them?"""

import base64
import os
from pathlib import Path

import httpx2
import pytest
from tests.conftest import Maker
from tests.server.conftest import client_of

from upspiral.admin.erasure import erase_person, purge_expired
from upspiral.app import App
from upspiral.capture.attachments import Attachments, detach, find_uses
from upspiral.config import load
from upspiral.domain import Message
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.domain.message import FilePart, TextPart
from upspiral.wire.files import attach
from upspiral.wire.openai_chat import read_messages, write_messages

PNG = base64.b64encode(b"\x89PNG" + bytes(range(256))).decode()
OTHER = base64.b64encode(b"GIF89a" + bytes(100)).decode()


def _shown(data: str) -> dict[str, object]:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    return {"role": "user", "content": [{"type": "text", "text": "Look:"}, image]}


def test_bytes_leave_the_record_and_come_back_as_they_were(tmp_path: Path, make: Maker) -> None:
    files = Attachments(tmp_path / "files", max_bytes=1000)
    message = _shown(PNG)
    record = make.interaction(messages=read_messages({"messages": [message]}))
    kept = detach(record, files.put)
    (words, picture) = kept.messages[0].parts
    assert words == TextPart("Look:")
    assert isinstance(picture, FilePart)
    assert (picture.data, picture.size_bytes) == (None, 260)
    assert [one.sha256 for one in find_uses([kept])] == [picture.sha256]
    assert write_messages(attach(kept.messages, files.get)) == [message]
    assert detach(kept, files.put) is kept


def test_the_same_picture_is_kept_once_and_one_that_is_too_large_not_at_all(tmp_path: Path) -> None:
    files = Attachments(tmp_path / "files", max_bytes=300)
    assert files.put(b"a") and files.put(b"a") and not files.put(bytes(301))  # noqa: PT018
    assert len(list((tmp_path / "files").glob("??/*"))) == 1


def test_a_picture_that_is_too_large_leaves_its_size(tmp_path: Path, make: Maker) -> None:
    files = Attachments(tmp_path / "files", max_bytes=10)
    kept = detach(make.interaction(messages=read_messages({"messages": [_shown(PNG)]})), files.put)
    picture = kept.messages[0].parts[1]
    assert isinstance(picture, FilePart)
    assert (picture.data, picture.size_bytes, picture.extra) == (None, 260, {"not_kept": "too large"})


@pytest.mark.parametrize("name", ["../../etc/passwd", "a" * 63, "A" * 64, ""])
def test_no_other_file_can_be_asked_for(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no SHA-256"):
        Attachments(tmp_path, max_bytes=1).get(name)


async def _record(api: httpx2.AsyncClient, user: str, data: str) -> str:
    body = {"agent": "a", "messages": [_shown(data)], "answer": "A cat.", "end_user": user}
    answer = await api.post("/api/v1/interactions", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.mark.anyio
async def test_erasing_a_person_deletes_the_pictures_that_nobody_else_sent(tmp_path: Path) -> None:
    with App(load(data=tmp_path / "data")) as app:
        async with client_of(app) as api:
            for user, data in (("anna", PNG), ("anna", OTHER), ("bert", PNG)):
                await _record(api, user, data)
        folder = tmp_path / "data" / "attachments"
        assert len(list(folder.glob("*/??/*"))) == 2
        assert PNG not in (tmp_path / "data" / "upspiral.db").read_bytes().decode("latin-1")
        anna = app.runtime.store.interactions.latest(DEFAULT_WORKSPACE)[-1].end_user
        erase_person(app.runtime, DEFAULT_WORKSPACE, end_user=anna, conversation=None)
        (left,) = folder.glob("*/??/*")
        assert left.read_bytes() == base64.b64decode(PNG)


@pytest.mark.anyio
async def test_files_without_a_record_go_with_the_purge_unless_they_are_young(tmp_path: Path) -> None:
    with App(load(data=tmp_path / "data")) as app:
        async with client_of(app) as api:
            await _record(api, "anna", PNG)
        files = app.runtime.attachments(DEFAULT_WORKSPACE)
        files.put(b"old"), files.put(b"young")
        for path in (tmp_path / "data" / "attachments").glob("*/??/*"):
            if path.read_bytes() != b"young":
                os.utime(path, (0, 0))
        purge_expired(app.runtime, DEFAULT_WORKSPACE)
        left = {path.read_bytes() for path in (tmp_path / "data" / "attachments").glob("*/??/*")}
        assert left == {b"young", base64.b64decode(PNG)}


def test_messages_without_files_stay_the_same_objects(make: Maker) -> None:
    record = make.interaction(messages=(Message("user", "Hi"),))
    assert detach(record, lambda _content: True) is record
