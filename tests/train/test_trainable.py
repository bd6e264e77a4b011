"""Can a model be taught on this machine?"""

import pytest
from tests.conftest import START

from upspiral.domain import ModelVersion
from upspiral.domain.ids import DEFAULT_WORKSPACE, ModelVersionId
from upspiral.errors import ConfigError
from upspiral.train.trainable import check_trainable


def test_a_model_that_answers_elsewhere_cannot_be_taught() -> None:
    hosted = ModelVersion(
        id=ModelVersionId("mv"),
        workspace=DEFAULT_WORKSPACE,
        name="gpt",
        host="openai-compatible",
        at=START,
    )
    with pytest.raises(ConfigError, match="'gpt' answers through openai-compatible"):
        check_trainable(hosted, recipe="sft_lora")
