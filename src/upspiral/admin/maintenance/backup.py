"""How is an installation saved into one file, and brought back from it?

The archive is a tar file: a manifest, the databases as they were at one moment, and the files of the data
folder that nothing can make again. Files are copied after the databases: what a row names is there then.
"""

import hashlib
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct

from upspiral.config import Settings
from upspiral.errors import Conflict, InvalidInput, NotFound, StoreError
from upspiral.own_files import make_own_folder
from upspiral.store import Store
from upspiral.store.damage import path_of
from upspiral.store.snapshot import copy_database
from upspiral.version import __version__

MANIFEST = "backup.json"
ENGINE_DATABASE, DATABASE = "engine.db", "upspiral.db"
FILES = ("key", "secret", "upspiral.toml", "executor")
"""Without these nobody gets in, and pseudonyms and sealed keys cannot be read."""
FOLDERS = ("artifacts", "attachments", "runs")
FORMAT = 1


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup says of itself."""

    format: int
    version: str
    """Of Upspiral."""
    schema: str | None
    """Of the database; None where it is not in the archive."""
    at: datetime
    data: str
    """The data folder, as it was called: rows name files in it."""
    sha256: dict[str, str]
    """Of every file in the archive."""


def write_backup(settings: Settings, file: Path, *, now: datetime) -> Manifest:
    """Save an installation into a file; a server may go on meanwhile.

    Args:
        settings: Of the installation.
        file: Where to; it is for its owner only, because it holds the keys.
        now: The present moment.

    Returns:
        What was saved.

    Raises:
        NotFound: There is no data folder.
        Conflict: The file is there already.
        StoreError: Something cannot be read, or there is no room.
    """
    data = settings.data.resolve()
    if not data.is_dir():
        raise NotFound(f"There is no data folder {data}.", hint="Name it with --data or UPSPIRAL_DATA.")
    if file.exists():
        raise Conflict(f"{file} is there already.", hint="Name a new file; old backups are kept.")
    half = file.with_name(f"{file.name}.half")
    with (
        _explain(file),
        TemporaryDirectory(dir=file.resolve().parent, prefix=".upspiral-") as folder,
    ):
        schema = _copy_databases(settings, Path(folder))
        found = dict(_list_files(data)) | {one.name: one for one in sorted(Path(folder).iterdir())}
        handle = os.open(half, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as out, tarfile.open(fileobj=out, mode="w") as archive:
            sums = {name: _add(archive, name, path) for name, path in found.items()}
            manifest = Manifest(
                format=FORMAT,
                version=__version__,
                schema=schema,
                at=now,
                data=str(data),
                sha256={name: found for name, found in sums.items() if found},
            )
            _add_manifest(archive, manifest, Path(folder) / MANIFEST)
    half.replace(file)
    return manifest


def read_manifest(file: Path) -> Manifest:
    """Read what a backup says of itself.

    Raises:
        NotFound: There is no such file.
        InvalidInput: It is no backup of ours, or of a newer version.
    """
    if not file.is_file():
        raise NotFound(f"There is no file {file}.", hint="Name the file that `upspiral backup` wrote.")
    try:
        with tarfile.open(file) as archive:
            told = archive.extractfile(MANIFEST)
            manifest = msgspec.json.decode(told.read() if told else b"", type=Manifest)
    except (tarfile.TarError, KeyError, EOFError, msgspec.DecodeError) as error:
        raise InvalidInput(
            f"{file} is no whole backup of Upspiral ({type(error).__name__}).", hint="Name another file."
        ) from error
    if manifest.format != FORMAT:
        raise InvalidInput(
            f"{file} was written by Upspiral {manifest.version}, in a form that this version does not know.",
            hint="Restore it with that version.",
        )
    return manifest


def restore_backup(settings: Settings, file: Path) -> Manifest:
    """Bring an installation back into a data folder that is empty, or not there.

    Args:
        settings: Name the data folder.
        file: The backup.

    Raises:
        NotFound: There is no such file.
        InvalidInput: It is no whole backup.
        Conflict: The data folder holds something.
    """
    manifest, data = read_manifest(file), settings.data.resolve()
    held = sorted(one.name for one in data.iterdir()) if data.is_dir() else []
    if held:
        raise Conflict(
            f"The data folder {data} is not empty: it holds {', '.join(held[:5])}.",
            hint="Name an empty one with --data, or move it away; nothing is ever overwritten.",
        )
    make_own_folder(data)
    try:
        with tarfile.open(file) as archive:
            archive.extractall(data, filter="data")
        _check_sums(data, manifest, file)
    except (tarfile.TarError, OSError, InvalidInput) as error:
        _empty(data)
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(
            f"{file} cannot be unpacked: {error}.", hint="See whether the disk is full."
        ) from error
    (data / MANIFEST).unlink()
    for path in data.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    if manifest.schema is not None:
        _move_paths(data / DATABASE, manifest.data, str(data))
    return manifest


def _copy_databases(settings: Settings, folder: Path) -> str | None:
    """Copy the files that are databases; the engine's first, so that no step is done that left no trace.

    Returns:
        The schema of the store; None where it is no file.
    """
    engine = settings.data / ENGINE_DATABASE
    if engine.exists():
        copy_database(engine, folder / ENGINE_DATABASE)
    found = path_of(settings.store_url) if "://" in settings.store_url else Path(settings.store_url)
    if found is None:
        return None
    if not found.exists():
        raise NotFound(f"There is no database {found}.", hint="Nothing is recorded yet, so nothing is saved.")
    copy_database(found, folder / DATABASE)
    with Store(str(folder / DATABASE)) as store:
        return store.revision()


def _list_files(data: Path) -> Iterator[tuple[str, Path]]:
    for name in FILES:
        if (data / name).is_file():
            yield name, data / name
    for folder in FOLDERS:
        for path in sorted((data / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(data).as_posix(), path


def _add(archive: tarfile.TarFile, name: str, path: Path) -> str:
    """Add a file; give its SHA-256, or nothing where it was erased meanwhile."""
    with suppress(FileNotFoundError), path.open("rb") as source:
        info = tarfile.TarInfo(name)
        info.size, info.mode = os.fstat(source.fileno()).st_size, 0o600
        reader = _Summing(source.read, info.size)
        archive.addfile(info, reader)  # type: ignore[arg-type] # it only reads
        return reader.sum.hexdigest()
    return ""


class _Summing:
    """A file that is read to the size that it had, though it may grow, and summed on the way."""

    def __init__(self, read: object, left: int) -> None:
        self._read, self._left, self.sum = read, left, hashlib.sha256()

    def read(self, size: int) -> bytes:
        got: bytes = self._read(min(size, self._left))  # type: ignore[operator]
        self._left -= len(got)
        self.sum.update(got)
        return got


def _add_manifest(archive: tarfile.TarFile, manifest: Manifest, path: Path) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    archive.add(path, MANIFEST)


def _check_sums(data: Path, manifest: Manifest, file: Path) -> None:
    for name, wanted in manifest.sha256.items():
        with (data / name).open("rb") as source:
            found = hashlib.file_digest(source, "sha256").hexdigest()
        if found != wanted:
            raise InvalidInput(
                f"{file} is damaged: {name} is not what was saved.", hint="Use another backup."
            )


def _empty(data: Path) -> None:
    for path in sorted(data.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def _move_paths(database: Path, before: str, now: str) -> None:
    """Let rows that name files of the old data folder name those of the new one."""
    if before != now:
        with Store(str(database)) as store:
            store.upgrade()
            store.model_versions.move_folder(before, now)


@contextmanager
def _explain(file: Path) -> Iterator[None]:
    """Say in words why a file cannot be written, and leave no half of it."""
    try:
        yield
    except OSError as error:
        file.with_name(f"{file.name}.half").unlink(missing_ok=True)
        raise StoreError(
            f"The backup {file} cannot be written: {error.strerror}.",
            hint="See whether the disk is full, and whose the folder is.",
        ) from error
