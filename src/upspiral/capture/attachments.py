"""Where are pictures, recordings and documents kept? In files named by their content, apart from the records.

A record holds the SHA-256 of each, so the same picture is kept once, and a database stays small.
"""

import base64
import binascii
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import structs

from upspiral.domain import AttachmentUse, Interaction, Message
from upspiral.domain.ids import WorkspaceId
from upspiral.domain.message import FilePart, Part
from upspiral.own_files import make_own_folder

SHA256 = re.compile(r"[0-9a-f]{64}")
YOUNG_S = 3600.0
"""A file that was written so recently may belong to a record that is not on the disk yet."""


class Attachments:
    """The files of one workspace; safe to use from several threads and processes."""

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        """Begin with a folder, which is made when the first file is kept.

        Args:
            folder: Of the workspace.
            max_bytes: A larger file is not kept; its record says how large it was.
        """
        self._folder, self._max_bytes = folder, max_bytes

    def put(self, content: bytes) -> bool:
        """Keep a file; give whether it is kept, which one that is too large is not."""
        if len(content) > self._max_bytes:
            return False
        path = self._path(hashlib.sha256(content).hexdigest())
        if path.exists():
            os.utime(path)  # it is young again, so nobody takes it for forgotten while its record is written
            return True
        make_own_folder(path.parent)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as half:
            half.write(content)
            half.flush()
            os.fsync(half.fileno())
        Path(half.name).replace(path)
        return True

    def get(self, sha256: str) -> bytes | None:
        """Give a file; None where it is not there."""
        path = self._path(sha256)
        return path.read_bytes() if path.is_file() else None

    def remove(self, hashes: Iterable[str]) -> None:
        """Delete files; those that are not there are passed over."""
        for sha256 in hashes:
            self._path(sha256).unlink(missing_ok=True)

    def list_old(self, batch: int = 1000) -> Iterator[list[str]]:
        """Give the hashes of files that are not young, so many at once."""
        before, found = time.time() - YOUNG_S, list[str]()
        for path in self._folder.glob("??/*"):
            if SHA256.fullmatch(path.name) and path.stat().st_mtime < before:
                found.append(path.name)
            if len(found) == batch:
                yield found
                found = []
        if found:
            yield found

    def _path(self, sha256: str) -> Path:
        if not SHA256.fullmatch(sha256):
            raise ValueError(f"{sha256[:80]!r} is no SHA-256")
        return self._folder / sha256[:2] / sha256


def detach(interaction: Interaction, put: Callable[[bytes], bool]) -> Interaction:
    """Take the bytes of files out of a record; their hash and size stay.

    What is no base64 stays where it is: it may be words after all.

    Args:
        interaction: The record.
        put: Keeps a file, and says whether it did.
    """
    if not _has_parts(interaction):
        return interaction
    messages = tuple(_detach_message(message, put) for message in interaction.messages)
    parts = _detach_parts(interaction.answer_parts, put)
    same = all(new is old for new, old in zip(messages, interaction.messages, strict=True))
    if same and parts is interaction.answer_parts:
        return interaction
    return structs.replace(interaction, messages=messages, answer_parts=parts)


def _detach_message(message: Message, put: Callable[[bytes], bool]) -> Message:
    parts = _detach_parts(message.parts, put)
    return message if parts is message.parts else structs.replace(message, parts=parts)


def _detach_parts(parts: tuple[Part, ...], put: Callable[[bytes], bool]) -> tuple[Part, ...]:
    if not any(isinstance(part, FilePart) and part.data for part in parts):
        return parts
    return tuple(_detach_part(part, put) if isinstance(part, FilePart) else part for part in parts)


def _detach_part(part: FilePart, put: Callable[[bytes], bool]) -> FilePart:
    try:
        content = base64.b64decode(part.data or "", validate=True)
    except (binascii.Error, ValueError):
        return part
    if not content:
        return part
    sha256 = hashlib.sha256(content).hexdigest()
    extra = part.extra if put(content) else {**(part.extra or {}), "not_kept": "too large"}
    return structs.replace(part, data=None, sha256=sha256, size_bytes=len(content), extra=extra)


def find_uses(interactions: Iterable[Interaction]) -> list[AttachmentUse]:
    """Say which files records hold."""
    return [
        AttachmentUse(workspace=one.workspace, sha256=sha256, interaction=one.id)
        for one in interactions
        if _has_parts(one)
        for sha256 in sorted(_hashes(one))
    ]


def _has_parts(one: Interaction) -> bool:
    """Is it made of more than words alone? Nearly none is."""
    return bool(one.answer_parts) or any(message.parts for message in one.messages)


def _hashes(one: Interaction) -> set[str]:
    groups = (one.answer_parts, *(message.parts for message in one.messages))
    return {part.sha256 for parts in groups for part in parts if isinstance(part, FilePart) and part.sha256}


def folder_of(data: Path, workspace: WorkspaceId) -> Path:
    """Give the folder of a workspace's files; its name is a hash, as workspaces may be named like paths."""
    return data / "attachments" / hashlib.sha256(workspace.encode()).hexdigest()[:16]
