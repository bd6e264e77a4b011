"""What the files of a base model say about it, before anything is loaded."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import START

from upspiral.domain import LOCAL_HOST, ModelVersion
from upspiral.domain.ids import DEFAULT_WORKSPACE, ModelVersionId
from upspiral.errors import ConfigError
from upspiral.model_folder import find_adapter_faults, find_load_faults
from upspiral.train.trainable import check_trainable

MODEL = Path(__file__).parents[1] / "examples/support_desk/model"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MODEL, tmp_path / "model"))


def _configure(folder: Path, **values: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def _only_bin(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def _half_a_model(folder: Path) -> None:
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def _no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def _no_template(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()
    file = folder / "tokenizer_config.json"
    said = json.loads(file.read_text())
    said.pop("chat_template", None)
    file.write_text(json.dumps(said))


UNSERVABLE: list[tuple[Callable[[Path], object], str]] = [
    (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
    (lambda folder: (folder / "config.json").write_text("{"), "config.json is missing or no JSON"),
    (_only_bin, "pytorch_model.bin"),
    (_no_weights, "no weights"),
    (_half_a_model, "model-00002-of-00002.safetensors is missing"),
    (_no_tokenizer, "no tokenizer"),
    (_no_template, "no chat template"),
    (lambda folder: _configure(folder, model_type="t5", is_encoder_decoder=True), "encoder-decoder"),
    (lambda folder: _configure(folder, auto_map={"AutoModelForCausalLM": "m.py"}), "code of its own"),
]


def test_a_whole_model_has_no_faults(folder: Path) -> None:
    assert find_load_faults(folder) == find_adapter_faults(folder) == []


@pytest.mark.parametrize(("damage", "words"), UNSERVABLE)
def test_a_model_that_cannot_be_loaded_is_known_by_its_files(
    folder: Path, damage: Callable[[Path], object], words: str
) -> None:
    damage(folder)
    assert words in "; ".join(find_load_faults(folder))


def test_a_model_whose_layers_take_no_adapter_can_be_loaded_and_not_taught(folder: Path) -> None:
    _configure(folder, model_type="gpt2")
    assert find_load_faults(folder) == []
    with pytest.raises(ConfigError, match="Conv1D"):
        check_trainable(_version(folder), recipe="sft_lora")


def _version(folder: Path) -> ModelVersion:
    return ModelVersion(
        id=ModelVersionId("mv"),
        workspace=DEFAULT_WORKSPACE,
        name="base",
        host=LOCAL_HOST,
        at=START,
        base=str(folder),
    )
