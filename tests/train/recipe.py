"""A recipe that writes an adapter without training: it takes no time, and needs no torch."""

ADAPTER_RECIPE = """
import json, pathlib, struct, sys
folder = pathlib.Path(sys.argv[1])
out = pathlib.Path(json.loads((folder / "spec.json").read_text())["output"])
out.mkdir(exist_ok=True)
(out / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": 8}))
header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
(out / "adapter_model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
(folder / "progress.json").write_text(json.dumps({"state": "succeeded", "step": 1, "total_steps": 1}))
"""
