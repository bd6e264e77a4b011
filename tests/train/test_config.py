"""Settings of training that cannot work are refused at load."""

from pathlib import Path

import pytest

from upspiral.config import load
from upspiral.errors import ConfigError


def test_an_unknown_recipe_is_an_error_when_settings_are_loaded(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"train\.recipe.*there is sft_lora"):
        load(data=tmp_path, train={"recipe": "sft_lra"})
