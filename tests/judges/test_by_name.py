"""The judge that the settings name is made."""

import pytest

from upspiral.errors import ConfigError
from upspiral.judges import JudgeSettings, make_judge
from upspiral.judges.model_judge import ModelJudge
from upspiral.testing.contracts.judges import KEY, ScriptedModel


def test_the_judge_of_the_settings_is_made() -> None:
    made = make_judge(ScriptedModel(""), JudgeSettings(model="gpt"), KEY)
    assert isinstance(made, ModelJudge)
    assert made.version.model == "gpt"


def test_a_judge_that_there_is_not_is_refused_with_what_there_is() -> None:
    unchecked = JudgeSettings.model_construct(name="chat-modell")
    with pytest.raises(ConfigError, match="no judge 'chat-modell'") as refused:
        make_judge(ScriptedModel(""), unchecked, KEY)
    assert "chat-model" in (refused.value.hint or "")
