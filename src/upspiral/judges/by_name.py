"""Which judge has a name?"""

from upspiral.judges.base import Judge
from upspiral.judges.config import JudgeSettings
from upspiral.plugin_kinds import JUDGE
from upspiral.providers.base import ChatModel


def make_judge(model: ChatModel, settings: JudgeSettings, key: bytes) -> Judge:
    """Make the judge that the settings name.

    Args:
        model: Who is asked.
        settings: Which judge, and how it asks.
        key: A secret from which it may make marks that nobody foresees.

    Raises:
        ConfigError: There is none of that name.
    """
    made: Judge = JUDGE.get(settings.name)(model, settings, key)
    return made
