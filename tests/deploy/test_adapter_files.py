"""What adapter folders are let in."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from upspiral.deploy.adapter_files import copy_adapter, validate_adapter
from upspiral.errors import InvalidInput


def _tensors(values: np.ndarray) -> bytes:
    header = {"w": {"dtype": "F32", "shape": list(values.shape), "data_offsets": [0, values.nbytes]}}
    raw = json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + values.astype("<f4").tobytes()


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": 8}))
    (folder / "adapter_model.safetensors").write_bytes(_tensors(np.ones((4, 8), np.float32)))
    return folder


def test_a_sound_adapter_is_let_in_and_copied_whole(adapter: Path, tmp_path: Path) -> None:
    assert len(validate_adapter(adapter)) == 64
    copy = copy_adapter(adapter, tmp_path / "copy")
    assert validate_adapter(copy) == validate_adapter(adapter)
    assert copy_adapter(adapter, tmp_path / "copy") == copy


@pytest.mark.parametrize("name", ["adapter_config.json", "adapter_model.safetensors"])
def test_a_missing_file_is_named(adapter: Path, name: str) -> None:
    (adapter / name).unlink()
    with pytest.raises(InvalidInput, match=name):
        validate_adapter(adapter)


@pytest.mark.parametrize("name", ["modeling.py", "tokenizer.json", "adapter_model.bin", "weights.pkl"])
def test_a_file_that_no_adapter_needs_is_refused(adapter: Path, name: str) -> None:
    (adapter / name).write_text("x")
    with pytest.raises(InvalidInput, match=name):
        validate_adapter(adapter)


def test_every_truncation_is_refused(adapter: Path) -> None:
    weights = adapter / "adapter_model.safetensors"
    whole = weights.read_bytes()
    for length in range(0, len(whole), 7):
        weights.write_bytes(whole[:length])
        with pytest.raises(InvalidInput, match="adapter_model"):
            validate_adapter(adapter)


def test_numbers_that_are_not_finite_are_refused(adapter: Path) -> None:
    (adapter / "adapter_model.safetensors").write_bytes(_tensors(np.array([[1.0, np.nan]], np.float32)))
    with pytest.raises(InvalidInput, match="finite"):
        validate_adapter(adapter)


@pytest.mark.parametrize(
    "config",
    ["{", "[]", '{"peft_type": "LORA"}', '{"peft_type": "IA3", "r": 8}', '{"peft_type": "LORA", "r": 9999}'],
)
def test_a_configuration_of_another_kind_is_refused(adapter: Path, config: str) -> None:
    (adapter / "adapter_config.json").write_text(config)
    with pytest.raises(InvalidInput, match="adapter_config"):
        validate_adapter(adapter)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="nowhere"):
        validate_adapter(tmp_path / "nowhere")
