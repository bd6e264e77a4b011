"""How do many adapters answer in one batch? Every adapted layer adds each row's own low-rank product.

PEFT runs its adapters one after another over parts of the batch, which costs a small model most of its
time. Here the matrices of a batch are stacked once, before its first token, and a layer multiplies them
for all rows at once: `y + B (A x)`, with the scale folded into B (Hu et al. 2021, arXiv:2106.09685).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig
from safetensors.torch import load_file
from torch import nn

PREFIX = "base_model.model."
DOWN, UP = ".lora_A.weight", ".lora_B.weight"
UNSUPPORTED_OPTIONS = (
    "use_dora",
    "alora_invocation_tokens",
    "layer_replication",
    "modules_to_save",
    "trainable_token_indices",
)
Pair = tuple[Any, Any]


class Adapted(nn.Module):  # type: ignore[misc]  # torch is untyped
    """A linear layer whose rows may each have an adapter of their own."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer
        self.pairs: dict[str, Pair] = {}
        self.stacked: Pair | None = None

    def forward(self, x: Any) -> Any:
        """Answer rows of shape [batch, length, in] with [batch, length, out]."""
        y = self.layer(x)
        if self.stacked is None:
            return y
        down, up = self.stacked
        return torch.baddbmm(y, torch.bmm(x, down), up)

    def stack(self, names: Sequence[str | None]) -> None:
        """Lay out the matrices for a batch whose rows ask for these adapters; narrower ones get zeros."""
        used = [self.pairs.get(name) if name else None for name in names]
        ranks = [pair[0].shape[1] for pair in used if pair]
        if not ranks:
            self.stacked = None
            return
        sample = next(pair for pair in used if pair)
        down = sample[0].new_zeros(len(names), sample[0].shape[0], max(ranks))
        up = sample[1].new_zeros(len(names), max(ranks), sample[1].shape[1])
        for row, pair in enumerate(used):
            if pair:
                down[row, :, : pair[0].shape[1]], up[row, : pair[1].shape[0]] = pair
        self.stacked = (down, up)


class Adapters:
    """The adapters on one base model, by name."""

    def __init__(self, base: Any) -> None:
        self._base = base
        self._layers: dict[str, Adapted] = {}
        self._last: tuple[str | None, ...] = ()

    def load(self, name: str, folder: Path) -> None:
        """Read a PEFT LoRA folder and put its matrices on the layers they belong to.

        Raises:
            ValueError: The adapter needs what this server does not do, or does not fit the base.
        """
        config = PeftConfig.from_pretrained(str(folder))
        _refuse(config)
        tensors = load_file(folder / "adapter_model.safetensors")
        pairs = {path: _pair(path, tensors, config) for path in _paths(tensors)}
        for path, pair in pairs.items():
            _fit(path, self._find(path), pair)
        for path, pair in pairs.items():
            self._get_adapted(path).pairs[name] = pair
        self._last = ()

    def unload(self, name: str) -> None:
        """Drop an adapter's matrices."""
        for layer in self._layers.values():
            layer.pairs.pop(name, None)
        self._last = ()

    def choose(self, names: Iterable[str | None]) -> None:
        """Prepare the model for a batch: row n is answered by adapter n, or by the base where it is None."""
        wanted = tuple(names)
        if wanted == self._last:
            return
        for layer in self._layers.values():
            layer.stack(wanted)
        self._last = wanted

    def _find(self, path: str) -> nn.Module:
        if path in self._layers:
            return self._layers[path].layer
        try:
            found: nn.Module = self._base.get_submodule(path)
        except AttributeError as error:
            raise ValueError(f"the base has no layer {path}") from error
        return found

    def _get_adapted(self, path: str) -> Adapted:
        if path not in self._layers:
            layer = Adapted(self._find(path))
            parent, _, leaf = path.rpartition(".")
            setattr(self._base.get_submodule(parent), leaf, layer)
            self._layers[path] = layer
        return self._layers[path]


def _refuse(config: Any) -> None:
    for setting in UNSUPPORTED_OPTIONS:
        if getattr(config, setting, None):
            raise ValueError(f"it sets {setting}, which the local host does not serve; serve it with vLLM")
    if getattr(config, "bias", "none") != "none":
        raise ValueError(f"it trains biases (bias={config.bias!r}); serve it with vLLM")


def _paths(tensors: dict[str, Any]) -> list[str]:
    odd = [name for name in tensors if not (name.startswith(PREFIX) and name.endswith((DOWN, UP)))]
    if odd:
        raise ValueError(f"its tensor {odd[0]!r} is no LoRA matrix of a linear layer")
    return sorted({name.removeprefix(PREFIX).removesuffix(DOWN).removesuffix(UP) for name in tensors})


def _pair(path: str, tensors: dict[str, Any], config: Any) -> Pair:
    try:
        down, up = tensors[PREFIX + path + DOWN].float(), tensors[PREFIX + path + UP].float()
    except KeyError as error:
        raise ValueError(f"one of the two matrices of {path} is missing") from error
    if down.dim() != 2 or up.dim() != 2 or down.shape[0] != up.shape[1]:
        raise ValueError(f"the matrices of {path} have shapes {list(down.shape)} and {list(up.shape)}")
    return down.T.contiguous(), (up.T * _scale(path, down.shape[0], config)).contiguous()


def _scale(path: str, rank: int, config: Any) -> float:
    alpha = next(
        (
            value
            for key, value in (config.alpha_pattern or {}).items()
            if path == key or path.endswith("." + key)
        ),
        config.lora_alpha,
    )
    return float(alpha) / (rank**0.5 if config.use_rslora else rank)


def _fit(path: str, layer: nn.Module, pair: Pair) -> None:
    if not isinstance(layer, nn.Linear):
        raise ValueError(f"the layer {path} is a {type(layer).__name__}; only linear layers are adapted")
    if (layer.in_features, layer.out_features) != (pair[0].shape[0], pair[1].shape[1]):
        raise ValueError(
            f"its matrices map {pair[0].shape[0]} to {pair[1].shape[1]} at {path}, "
            f"the base maps {layer.in_features} to {layer.out_features}"
        )
