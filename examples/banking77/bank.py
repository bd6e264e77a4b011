"""Does a night help on real questions? 77 intents of a bank; the model was pre-trained on half of them.

    make banking77 FILE=path/to/banking77.jsonl

Real customers' questions go through the gateway, the customers rate as people do, one night runs, and the
data set's own test split, which the product never sees, tells what was learnt and what was forgotten.
"""

import argparse
import itertools
import json
import random
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from openai import OpenAI
from rich.console import Console

from pretrain import answers, pretrain
from questions import Question, Questions, read
from upspiral.stats.proportions import wilson
from upspiral.testing.provider import FakeProvider
from upspiral.testing.site import Site

AGENT = "bank"
SILENT, MISTAKEN, WRONG_TEACHER = 0.3, 0.05, 0.05
SETTINGS = """[curate]
scorer = "exact"
max_taught = 2000

[evaluate]
scorer = "exact"
max_tokens = 24

[train]
rank = 32
alpha = 64
learning_rate = 2e-3
epochs = 6
batch_size = 16
gradient_accumulation = 1
max_length = 128

[deploy]
canary_share = 0.5

[cycle]
disk_free_gb = 0.5
training_every_s = 1
canary_every_s = 1
"""
console = Console(highlight=False)


def day(site: Site, questions: Sequence[Question], *, rng: random.Random, over: Callable[[], bool]) -> float:
    """Let customers ask, eight at a time, and rate; give the share that was answered right in truth."""
    client = OpenAI(base_url=f"{site.url}/v1", api_key=site.key, timeout=60)
    with site.client() as rest:

        def ask(question: Question, mood: random.Random) -> bool | None:
            if over():
                return None
            said = [{"role": "user", "content": question.asked}]
            answer = client.chat.completions.create(model=AGENT, messages=said)  # type: ignore[arg-type]
            right = answer.choices[0].message.content == question.intent
            if mood.random() > SILENT:
                thumbs = "up" if right != (mood.random() < MISTAKEN) else "down"
                rated = {"interaction": answer.id, "thumbs": thumbs}
                rest.post("/api/v1/feedback", json=rated).raise_for_status()
            return right

        with ThreadPoolExecutor(8) as pool:
            seen = list(pool.map(ask, questions, (random.Random(rng.random()) for _ in questions)))
    asked = [right for right in seen if right is not None]
    return sum(asked) / max(1, len(asked))


def teacher(questions: Sequence[Question], seed: int) -> Callable[[str], str]:
    """Make an expert who knows what every question is about, and is wrong one time in twenty."""
    intents = sorted({question.intent for question in questions})
    longest_first = sorted(questions, key=lambda question: -len(question.asked))
    calls = itertools.count()

    def reply(prompt: str) -> str:
        rng = random.Random(f"{seed} {next(calls)}")
        about = next((q.intent for q in longest_first if q.asked in prompt), "I do not know.")
        return rng.choice(intents) if rng.random() < WRONG_TEACHER else about

    return reply


def measure(base: Path, adapter: Path | None, test: Sequence[Question]) -> dict[str, Any]:
    """Give the share of right answers on each half of the test split, with its 95 % interval."""
    said = answers(base, adapter, test)
    found = {}
    for name, known in (("known half", True), ("new half", False)):
        right = [a == q.intent for a, q in zip(said, test, strict=True) if q.known == known]
        limits = wilson(sum(right), len(right))
        found[name] = {
            "right": sum(right),
            "n": len(right),
            "rate": sum(right) / len(right),
            "low": limits.low,
            "high": limits.high,
        }
    return found


def live(questions: Questions, data: Path, *, base: Path, seed: int) -> dict[str, Any]:
    """Run the day and the night; give what the night tells."""
    rng = random.Random(seed)
    everyone = [*questions.day, *questions.canary]
    with FakeProvider(teacher(everyone, seed)) as expert, Site(data) as site:
        taught = ["--teacher", "openai-compatible:expert", "--teacher-url", expert.url]
        site.ask("agents", "create", AGENT, "--model", f"local:{base}", "--max-tokens", "24", *taught)
        share = day(site, questions.day, rng=rng, over=lambda: False)
        say(f"{len(questions.day)} real questions asked; {100 * share:.1f} % answered right.")
        command = site.command("improve", AGENT)
        if site.wait_for_canary(AGENT, command):
            say("The gate passed, and the candidate is rolled out; new questions come in.")
            share = day(site, questions.canary, rng=rng, over=command.is_over)
            say(f"While the canary was out, {100 * share:.1f} % were answered right.")
        night: dict[str, Any] = command.result()
    return night


def say(text: str) -> None:
    """Tell what happened and when."""
    console.print(f"[bold cyan]{time.monotonic() - BEGAN:5.0f} s[/] {text}", soft_wrap=True)


def tell(before: dict[str, Any], after: dict[str, Any] | None) -> None:
    """Tell the two halves of the test split, before and after."""
    for half, was in before.items():
        line = f"{half}: {100 * was['rate']:.1f} % ({100 * was['low']:.1f} to {100 * was['high']:.1f})"
        if after:
            now = after[half]
            line += f" to {100 * now['rate']:.1f} % ({100 * now['low']:.1f} to {100 * now['high']:.1f})"
        console.print(f"   {line} of {was['n']} test questions")


def main(argv: list[str] | None = None) -> dict[str, Any]:
    """Pre-train, live a day and a night, and measure; give every number."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path, help="BANKING77 as JSON lines")
    parser.add_argument("--data", type=Path, default=Path("bank-data"), help="what it holds is replaced")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=800, help="of the pre-training")
    chosen = parser.parse_args(argv)
    shutil.rmtree(chosen.data, ignore_errors=True)
    chosen.data.mkdir(parents=True)
    (chosen.data / "upspiral.toml").write_text(SETTINGS)
    questions, base = read(chosen.file, chosen.seed), chosen.data / "base"
    pretrain(questions.taught, base, steps=chosen.steps, seed=chosen.seed)
    before = measure(base, None, questions.test)
    say("A tiny model was pre-trained on half of the intents.")
    tell(before, None)
    night = live(questions, chosen.data, base=base.resolve(), seed=chosen.seed)
    say(f"[bold]{night['cycle']['ending']}[/]: {night['cycle']['reason']}")
    trained = sorted((chosen.data / "artifacts").glob(f"{AGENT}-*"))
    after = measure(base, trained[-1], questions.test) if trained else None
    tell(before, after)
    result = {"before": before, "after": after, "night": night}
    (chosen.data / "result.json").write_text(json.dumps(result, indent=1))
    return result


BEGAN = time.monotonic()

if __name__ == "__main__":
    main()
