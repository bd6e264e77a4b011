"""Does a night by examples help, and does it do no harm? The real night, with stand-ins for the model.

    python examples/real_model/simulated.py path/to/banking77.jsonl

A run is a site of its own, as in `real.py`: real questions, few people who say something, one night with its
gate and its canary. A model that *reads* what it is shown gets better by a memory; one that it *distracts*
gets worse. What people say is wrong in none of ten cases, or in two.
"""

import argparse
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import figures
import real
from traffic import Size, read_traffic
from upspiral.testing import FakeProvider
from upspiral.testing.site import Site

READS, DISTRACTED = "reads", "distracted"
BASE_RATE: Mapping[str, float] = {READS: 0.2, DISTRACTED: 0.6}
"""Share that a model knows by itself."""
USES_SHOWN, DISTURBED_RATE = 0.9, 0.4
"""Where the right answer is shown, a model that reads says it so often; one that is distracted is right so
often where anything is shown."""


class SimulatedModel(FakeProvider):
    """A hosted model that knows some answers, and takes what it is shown well or badly.

    Args:
        kind: `READS` or `DISTRACTED`.
        truth: The intent of every question.
        seed: Draws what it knows.
    """

    def __init__(self, kind: str, truth: Mapping[str, str], *, seed: int) -> None:
        super().__init__()
        self._kind, self._truth, self._seed = kind, truth, seed
        self._intents = sorted(set(truth.values()))

    def say(self, path: str, body: dict[str, Any]) -> str:
        """Answer by what stands before the question, the same each time."""
        asked = str(body["messages"][-1]["content"])
        shown = [str(one["content"]) for one in body["messages"] if one["role"] == "assistant"]
        right, rng = self._truth.get(asked), Random(f"{self._seed} {asked}")
        if right is None:  # the one question that shows whether it answers at all
            return "I am here."
        if rng.random() < self._share(right, shown):
            return right
        return rng.choice([one for one in self._intents if one != right])

    def _share(self, right: str, shown: list[str]) -> float:
        if self._kind == DISTRACTED:
            return DISTURBED_RATE if shown else BASE_RATE[DISTRACTED]
        return USES_SHOWN if right in shown else BASE_RATE[READS]


@contextmanager
def open_site(folder: Path) -> Iterator[Site]:
    """Serve from an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "upspiral.toml").write_text(real.SETTINGS)
    with Site(folder) as site:
        yield site


def run_once(chosen: argparse.Namespace, kind: str, *, size: Size, seed: int) -> dict[str, Any]:
    """Live a day and a night with one stand-in; give how it ended, and what it brought."""
    traffic = read_traffic(chosen.file, size, seed=seed)
    with (
        SimulatedModel(kind, traffic.truth, seed=seed) as model,
        real.open_teacher(traffic, chosen.teacher, seed=seed) as taught,
        open_site(chosen.data / "site") as site,
    ):
        models = ("--model", "openai-compatible:base", "--url", model.url, *taught)
        night, after = real.improve_agent(site, traffic, models, agent=real.HOSTED, seed=seed)
        ask = figures.ask_model(
            model.url, key="none", model="base", instructions=real.write_instructions(traffic)
        )
        fixed = figures.mark_answers(ask, traffic.test)
    ending = night["cycle"]["ending"]
    gain = dict(figures.compare_marks(fixed, after))
    return {"kind": kind, "wrong": size.mistaken, "seed": seed, "ending": ending, **gain}


def main() -> None:
    """Live every world under every seed, and tell each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path, help="BANKING77 as JSON lines")
    parser.add_argument("--data", type=Path, default=Path("simulated-data"), help="what it holds is replaced")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--intents", type=int, default=12)
    parser.add_argument("--asked", type=int, default=40, help="questions an intent before the night")
    parser.add_argument("--speaks", type=float, default=0.8, help="share of answers with feedback")
    parser.add_argument(
        "--teacher", action="store_true", help="a stand-in for one, wrong in 5 %% of its answers"
    )
    chosen = parser.parse_args()
    found = []
    for kind, wrong in ((READS, 0.0), (READS, 0.2), (DISTRACTED, 0.2)):
        for seed in range(chosen.seeds):
            size = Size(chosen.intents, chosen.asked, speaks=chosen.speaks, mistaken=wrong)
            found.append(run_once(chosen, kind, size=size, seed=seed))
            (chosen.data / "result.json").write_text(json.dumps(found, indent=1))
    for one in found:
        gain = f"{100 * one['gain']:+.1f} points ({100 * one['low']:+.1f} to {100 * one['high']:+.1f})"
        real.say(f"{one['kind']}, {one['wrong']:.0%} wrong, seed {one['seed']}: {one['ending']}, {gain}")


if __name__ == "__main__":
    main()
