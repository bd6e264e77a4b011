"""A backup that is damaged, foreign or in the way is refused, and nothing is overwritten."""

import io
import tarfile
from pathlib import Path

import pytest
from tests.conftest import START, Maker

from upspiral import capture
from upspiral.admin.maintenance.backup import read_manifest, restore_backup, write_backup
from upspiral.app import App
from upspiral.config import Settings, load
from upspiral.domain import ModelVersion
from upspiral.domain.ids import DEFAULT_WORKSPACE, ModelVersionId
from upspiral.errors import Conflict, InvalidInput, NotFound
from upspiral.store import Store


@pytest.fixture
def settings(data: Path, make: Maker) -> Settings:
    """A folder with an Interaction, an attachment and an adapter, that nobody has open."""
    with App(load(data=data), nights=False) as app:
        capture.record(app.runtime.store, make.interaction(), now=make.tick())
        adapter = data / "artifacts" / "support-v2"
        adapter.mkdir(parents=True)
        (adapter / "adapter_model.safetensors").write_bytes(b"weights")
        version = ModelVersion(
            id=ModelVersionId("mv"),
            workspace=DEFAULT_WORKSPACE,
            name="support-v2",
            host="local",
            at=START,
            adapter=str(adapter),
            base="/models/base",
        )
        app.runtime.store.model_versions.add(version)
    return load(data=data)


def test_rows_that_name_files_name_those_of_the_new_folder(settings: Settings, tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "a.tar", tmp_path / "deep" / "er"
    made = write_backup(settings, file, now=START)
    assert made == read_manifest(file)
    restore_backup(load(data=elsewhere), file)
    with Store(str(elsewhere / "upspiral.db")) as store:
        (version,) = [one for one in store.model_versions.list_rows(DEFAULT_WORKSPACE) if one.adapter]
        assert version.adapter == str(elsewhere / "artifacts" / "support-v2")
        assert Path(version.adapter, "adapter_model.safetensors").read_bytes() == b"weights"
        assert version.base == "/models/base"
        assert store.interactions.total(DEFAULT_WORKSPACE) == 1


def test_nothing_is_overwritten(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    write_backup(settings, file, now=START)
    before = file.read_bytes()
    with pytest.raises(Conflict, match="there already"):
        write_backup(settings, file, now=START)
    with pytest.raises(Conflict, match="not empty"):
        restore_backup(settings, file)
    assert file.read_bytes() == before


def test_a_byte_that_changed_is_seen_and_the_folder_stays_empty(settings: Settings, tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "a.tar", tmp_path / "new"
    write_backup(settings, file, now=START)
    file.write_bytes(file.read_bytes().replace(b"weights", b"Weights"))
    with pytest.raises(InvalidInput, match=r"adapter_model\.safetensors is not what was saved"):
        restore_backup(load(data=elsewhere), file)
    assert list(elsewhere.iterdir()) == []


def test_a_file_that_is_cut_off_or_no_backup_is_refused(settings: Settings, tmp_path: Path) -> None:
    file, cut, other = tmp_path / "a.tar", tmp_path / "cut.tar", tmp_path / "other.tar"
    write_backup(settings, file, now=START)
    cut.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with tarfile.open(other, "w") as archive:
        archive.addfile(tarfile.TarInfo("x"), io.BytesIO())
    for wrong in (cut, other):
        with pytest.raises(InvalidInput):
            restore_backup(load(data=tmp_path / "new"), wrong)
    with pytest.raises(NotFound):
        restore_backup(load(data=tmp_path / "new"), tmp_path / "none.tar")


def test_an_archive_that_would_write_outside_its_folder_writes_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    file, evil = tmp_path / "a.tar", tmp_path / "evil.tar"
    write_backup(settings, file, now=START)
    with tarfile.open(file) as good, tarfile.open(evil, "w") as archive:
        for one in good:
            archive.addfile(one, good.extractfile(one))
        escape = tarfile.TarInfo("../escaped")
        archive.addfile(escape, io.BytesIO())
    with pytest.raises(InvalidInput, match="cannot be unpacked"):
        restore_backup(load(data=tmp_path / "new"), evil)
    assert not (tmp_path / "escaped").exists()
    assert list((tmp_path / "new").iterdir()) == []


def test_a_folder_without_a_database_has_nothing_to_save(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no data folder"):
        write_backup(load(data=tmp_path / "none"), tmp_path / "a.tar", now=START)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound, match="no database"):
        write_backup(load(data=tmp_path / "empty"), tmp_path / "a.tar", now=START)
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(("a.tar", ".upspiral"))] == []
