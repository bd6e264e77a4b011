"""Can a model be taught on this machine? Asked before a teacher is: teachers cost money."""

from importlib.util import find_spec
from pathlib import Path

from upspiral.domain import LOCAL_HOST, ModelVersion
from upspiral.errors import ConfigError, MissingExtra
from upspiral.model_folder import find_adapter_faults, find_load_faults

PACKAGES = ("torch", "transformers", "trl", "peft", "datasets")
"""What recipes import; the extra `train` installs them."""


def check_trainable(model: ModelVersion, *, recipe: str) -> Path:
    """Make sure that a recipe can teach a model; give the folder of its base.

    Args:
        model: What is to be taught.
        recipe: The program that would do it.

    Raises:
        ConfigError: The model answers elsewhere, or its files rule a training out; says why.
        MissingExtra: The packages for training are not installed.
    """
    if model.host != LOCAL_HOST or not model.base:
        raise ConfigError(
            f"{model.name!r} answers through {model.host}; the recipe {recipe!r} trains local models.",
            hint="Create the agent with weights: `upspiral agents create NAME --model local:FOLDER`.",
        )
    folder = Path(model.base)
    faults = find_load_faults(folder) or find_adapter_faults(folder)
    if faults:
        raise ConfigError(
            f"The model in {folder} cannot be taught: {'; '.join(faults)}.",
            hint="Create the agent with another base model.",
        )
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"A training needs {', '.join(missing)}, which is not installed.",
            hint='Install it with `pip install "upspiral[train]"`.',
        )
    return folder
