"""What can be set about training?"""

from pathlib import Path

from pydantic import BaseModel, Field, field_validator

from upspiral.plugin_kinds import TRAINER

RECIPES = Path(__file__).parent / "recipes"
"""One program each; its name is the name of the recipe."""


class TrainSettings(BaseModel, frozen=True):
    """How a model is taught."""

    trainer: str = Field("local", description="Who trains: `local` on this machine, or a plug-in.")
    recipe: str = Field("sft_lora", description="Which program under train/recipes trains.")
    rank: int = Field(16, ge=1, le=512, description="Rank of the LoRA adapter.")
    alpha: int = Field(32, ge=1, description="Scale of the LoRA adapter.")
    learning_rate: float = Field(5e-5, gt=0, description="Peak learning rate.")
    epochs: float = Field(3.0, gt=0, description="Passes over the training set.")
    max_steps: int = Field(-1, description="Stop after this many optimiser steps; -1 for no such limit.")
    batch_size: int = Field(4, ge=1, description="Examples per forward pass.")
    gradient_accumulation: int = Field(8, ge=1, description="Forward passes per optimiser step.")
    max_length: int = Field(1024, ge=8, description="Tokens kept of one example.")
    quantize: bool = Field(False, description="Load the base in 4 bits (needs a GPU).")
    threads: int = Field(2, ge=1, description="CPU threads of the trainer.")
    seed: int = Field(0, description="Seed of the trainer.")
    wall_limit_s: float = Field(6 * 3600, gt=0, description="A job that runs longer is stopped.")
    attempts: int = Field(5, ge=1, description="How often a trainer that died is started again.")
    work_folder: Path | None = Field(None, description="Where runs are kept; the data folder by default.")

    @field_validator("trainer")
    @classmethod
    def _check_trainer(cls, name: str) -> str:
        return TRAINER.check_name(name)

    @field_validator("recipe")
    @classmethod
    def _check_known(cls, name: str) -> str:
        known = sorted(file.stem for file in RECIPES.glob("*.py") if file.stem != "__init__")
        if name not in known:
            raise ValueError(f"there is no recipe of that name; there is {', '.join(known)}")
        return name
