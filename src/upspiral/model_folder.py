"""Can the model in a folder be loaded, and be taught by adapters? Read from its files, without loading it."""

import json
from pathlib import Path
from typing import Any

TOKENIZERS = ("tokenizer.json", "tokenizer.model", "spiece.model", "vocab.json", "vocab.txt", "tekken.json")
"""One of these holds the vocabulary of a tokenizer."""
OTHER_WEIGHTS = (
    ("*.bin", "pytorch_model.bin"),
    ("*.pt", "a .pt file"),
    ("*.pth", "a .pth file"),
    ("*.ckpt", "a checkpoint"),
    ("*.h5", "TensorFlow weights"),
    ("*.msgpack", "Flax weights"),
    ("*.gguf", "a GGUF file"),
)
"""Weights in formats that are not read: most of them can run code when they are opened."""
CONV1D_MODELS = frozenset({"gpt2", "openai-gpt", "imagegpt", "decision_transformer"})
"""Their layers are Conv1D, which the local host cannot put an adapter on."""


def find_load_faults(folder: Path) -> list[str]:
    """Say why the model of a folder could not answer on the local host; nothing where it could.

    Args:
        folder: A model in Hugging Face format.
    """
    config = _read(folder / "config.json")
    if config is None:
        return ["config.json is missing or no JSON object"]
    faults = _weight_faults(folder)
    if not any((folder / name).is_file() for name in TOKENIZERS):
        faults.append("there is no tokenizer (tokenizer.json or tokenizer.model)")
    elif not _has_chat_template(folder):
        faults.append("its tokenizer has no chat template (chat_template.jinja, or in tokenizer_config.json)")
    if config.get("is_encoder_decoder"):
        faults.append(
            f"{_kind(config)!r} is an encoder-decoder model; only decoders (causal models) answer here"
        )
    if config.get("auto_map"):
        faults.append("it needs Python code of its own (auto_map in config.json), which is never run")
    return faults


def find_adapter_faults(folder: Path) -> list[str]:
    """Say why no adapter could be trained for and served on a model that can be loaded.

    Args:
        folder: A model in Hugging Face format.
    """
    config = _read(folder / "config.json") or {}
    if _kind(config) in CONV1D_MODELS:
        return [f"the layers of {_kind(config)!r} are Conv1D, and adapters are served on linear layers only"]
    return []


def _weight_faults(folder: Path) -> list[str]:
    index = _read(folder / "model.safetensors.index.json")
    if index is not None:
        parts = set((index.get("weight_map") or {}).values())
        missing = sorted(str(part) for part in parts if not (folder / str(part)).is_file())
        return [f"of its weights {', '.join(missing)} is missing"] if missing else []
    if (folder / "model.safetensors").is_file():
        return []
    found = next((name for pattern, name in OTHER_WEIGHTS if any(folder.glob(pattern))), None)
    if found:
        return [
            f"its weights are {found}, and only *.safetensors are read; convert them with save_pretrained"
        ]
    return ["there are no weights (model.safetensors)"]


def _has_chat_template(folder: Path) -> bool:
    if any((folder / name).is_file() for name in ("chat_template.jinja", "chat_template.json")):
        return True
    return bool((_read(folder / "tokenizer_config.json") or {}).get("chat_template"))


def _kind(config: dict[str, Any]) -> str:
    return str(config.get("model_type") or "unknown")


def _read(file: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
