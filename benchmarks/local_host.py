"""How fast does the local host answer? One and sixteen clients, base and two adapters mixed.

`python benchmarks/local_host.py` starts the host on the demo's model, with two adapters made here.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from upspiral.deploy.config import DeploySettings
from upspiral.deploy.local_host import LocalHost

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "examples/support_desk/model"
RECIPE = ROOT / "src/upspiral/train/recipes/sft_lora.py"
TOKENS = 20


def make_adapter(folder: Path, name: str) -> Path:
    """Train an adapter for a few steps."""
    folder.mkdir()
    said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
    (folder / "train.jsonl").write_text((json.dumps({"messages": said}) + "\n") * 8)
    spec = {"base": str(MODEL), "dataset": str(folder / "train.jsonl"), "output": str(folder / name)}
    more = {"name": name, "max_steps": 2, "max_length": 64}
    (folder / "spec.json").write_text(json.dumps(spec | more))
    with subprocess.Popen([sys.executable, str(RECIPE), str(folder)], stdin=subprocess.PIPE) as ran:
        ran.wait()
    return folder / name


def load(url: str, names: list[str], *, clients: int, answers: int) -> tuple[float, float, float]:
    """Ask so many answers of 20 tokens; give answers a second, and the 50th and 95th percentile in ms."""
    body = {"messages": [{"role": "user", "content": "Where is my parcel?"}], "max_tokens": TOKENS}
    with httpx2.Client(base_url=url, timeout=60, trust_env=False) as client:

        def ask(number: int) -> float:
            began = time.perf_counter()
            asked = {**body, "model": names[number % len(names)], "min_tokens": TOKENS}
            client.post("/v1/chat/completions", json=asked).raise_for_status()
            return 1000 * (time.perf_counter() - began)

        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(ask, range(clients * 2)))
            began = time.perf_counter()
            times = list(pool.map(ask, range(answers)))
            seconds = time.perf_counter() - began
    centiles = statistics.quantiles(times, n=20)
    return answers / seconds, centiles[9], centiles[18]


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        adapters = [make_adapter(Path(place) / f"run{n}", f"adapter-{n}") for n in range(2)]
        host = LocalHost(MODEL, settings=DeploySettings(threads=chosen.threads), log=Path(place) / "host.log")
        for adapter in adapters:
            url = host.ensure(adapter.name, adapter)
        print("| clients | models | answers of 20 tokens a second | p50 ms | p95 ms |")
        print("|---:|---|---:|---:|---:|")
        mixes = {"base": ["base"], "base and 2 adapters": ["base", *(a.name for a in adapters)]}
        for clients in (1, 16):
            for what, names in mixes.items():
                rate, p50, p95 = load(url, names, clients=clients, answers=chosen.answers)
                print(f"| {clients} | {what} | {rate:.0f} | {p50:.0f} | {p95:.0f} |", flush=True)
        host.close()


if __name__ == "__main__":
    main()
