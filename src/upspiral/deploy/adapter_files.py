"""May this adapter folder be loaded? Only known files, sound tensors, and nothing that runs."""

import hashlib
import json
import math
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np

from upspiral.errors import InvalidInput

ALLOWED_FILES = frozenset({"adapter_config.json", "adapter_model.safetensors", "upspiral.json", "README.md"})
REQUIRED_FILES = ("adapter_config.json", "adapter_model.safetensors")
MAX_HEADER_BYTES = 16 * 1024 * 1024
DTYPE_BYTES = {
    "F64": 8,
    "F32": 4,
    "F16": 2,
    "BF16": 2,
    "I64": 8,
    "I32": 4,
    "I16": 2,
    "I8": 1,
    "U8": 1,
    "BOOL": 1,
}


def validate_adapter(folder: Path, *, max_rank: int = 256) -> str:
    """Check an adapter folder and give the SHA-256 of its weights.

    Args:
        folder: Where the adapter lies.
        max_rank: The largest rank a host takes.

    Raises:
        InvalidInput: Names the file and what is wrong with it.
    """
    if not folder.is_dir():
        raise InvalidInput(
            f"There is no adapter folder {folder}.", hint="Give the folder that holds the adapter."
        )
    names = {path.name for path in folder.iterdir()}
    for name in REQUIRED_FILES:
        if name not in names:
            raise InvalidInput(
                f"The adapter folder {folder} lacks {name}.", hint="Export the adapter again with PEFT."
            )
    for name in sorted(names - ALLOWED_FILES):
        raise InvalidInput(
            f"The adapter folder {folder} holds {name!r}, which no adapter needs.",
            hint=f"Leave only {', '.join(sorted(ALLOWED_FILES))} in it.",
        )
    _check_config(folder / REQUIRED_FILES[0], max_rank)
    _check_tensors(folder / REQUIRED_FILES[1])
    return sha256(folder / REQUIRED_FILES[1])


def copy_adapter(folder: Path, to: Path) -> Path:
    """Copy a checked adapter to a folder of our own, whole or not at all; give that folder."""
    if to.exists():
        return to
    half = to.with_name(to.name + ".half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True, mode=0o700)
    for path in folder.iterdir():
        shutil.copyfile(path, half / path.name)
    half.rename(to)
    return to


def sha256(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_config(path: Path, max_rank: int) -> None:
    try:
        config = json.loads(path.read_text())
        rank = int(config["r"])
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"{path} is no LoRA configuration.", hint="Export the adapter again with PEFT."
        ) from error
    if config.get("peft_type") != "LORA":
        raise InvalidInput(
            f"{path} is of type {config.get('peft_type')!r}, not LORA.", hint="Train a LoRA adapter."
        )
    if not 1 <= rank <= max_rank:
        raise InvalidInput(f"{path} has rank {rank}.", hint=f"The rank must be between 1 and {max_rank}.")
    if config.get("auto_mapping"):
        raise InvalidInput(f"{path} names code to load (auto_mapping).", hint="Remove auto_mapping from it.")


def _check_tensors(path: Path) -> None:
    data = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 0 < length <= min(MAX_HEADER_BYTES, data - 8):
            raise _to_error(path, f"its header claims {length} bytes in a file of {data}")
        header = _parse(path, file.read(length))
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            begin, end = _bounds(path, name, entry)
            if end > data - 8 - length:
                raise _to_error(
                    path, f"tensor {name!r} ends at byte {end} of {data - 8 - length}: it is cut off"
                )
            file.seek(8 + length + begin)
            if not _is_finite(file.read(end - begin), entry["dtype"]):
                raise _to_error(path, f"tensor {name!r} holds numbers that are not finite")


def _parse(path: Path, raw: bytes) -> dict[str, Any]:
    try:
        header = json.loads(raw)
    except ValueError as error:
        raise _to_error(path, "its header is no JSON") from error
    if not isinstance(header, dict) or not header.keys() - {"__metadata__"}:
        raise _to_error(path, "it holds no tensors")
    return header


def _bounds(path: Path, name: str, entry: Any) -> tuple[int, int]:
    try:
        begin, end = entry["data_offsets"]
        size = math.prod(entry["shape"]) * DTYPE_BYTES[entry["dtype"]]
    except (KeyError, TypeError, ValueError) as error:
        raise _to_error(path, f"tensor {name!r} is badly described") from error
    if not 0 <= begin <= end or end - begin != size:
        raise _to_error(path, f"tensor {name!r} has {end - begin} bytes for {size}")
    return begin, end


def _is_finite(raw: bytes, dtype: str) -> bool:
    if dtype == "BF16":
        return bool(np.all((np.frombuffer(raw, "<u2") & 0x7F80) != 0x7F80))
    if dtype in ("F16", "F32", "F64"):
        return bool(np.all(np.isfinite(np.frombuffer(raw, f"<f{DTYPE_BYTES[dtype]}"))))
    return True


def _to_error(path: Path, why: str) -> InvalidInput:
    return InvalidInput(f"{path} cannot be loaded: {why}.", hint="Copy or train the adapter again.")
