"""Settings come from arguments, environment, a file, and the names that other tools use; in this order."""

from pathlib import Path

import pytest

from upspiral.config import load
from upspiral.errors import ConfigError


def test_another_tools_variable_counts_where_nothing_else_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LORA_RANK", "8")
    monkeypatch.setenv("NUM_EPOCHS", "2")
    (tmp_path / "upspiral.toml").write_text("[train]\nepochs = 7\n")
    settings = load(data=tmp_path)
    assert (settings.train.rank, settings.train.epochs) == (8, 7)
    monkeypatch.setenv("UPSPIRAL_TRAIN_RANK", "4")
    assert load(data=tmp_path).train.rank == 4


def test_a_bad_value_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LORA_RANK", "many")
    with pytest.raises(ConfigError, match=r"train\.rank cannot be 'many'"):
        load(data=tmp_path)
