"""Does a night help a real pre-trained model on real questions? SmolLM2-135M, 77 intents of a bank.

    make real FILE=path/to/banking77.jsonl

The model is served twice: by Upspiral as an agent that can be trained, and behind its OpenAI-compatible
address as a hosted one that nobody can train. Both get the same real questions. Few people say anything, some
of them wrongly, and somebody judges 60 answers drawn at random. One night runs for each; the data set's own
test questions, which no memory ever holds, tell what it brought.
"""

import argparse
import json
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from openai import OpenAI
from rich.console import Console

import figures
from fake_teacher import FakeTeacher
from smollm import ModelMissingError, write_model
from traffic import RealQuestion, Size, Traffic, give_feedback, read_traffic
from upspiral.deploy.config import DeploySettings
from upspiral.deploy.local_host import LocalHost
from upspiral.testing.site import Site

HOSTED, TRAINED = "bank-hosted", "bank-trained"
AS_IT_IS, FIXED = "as it is", "fixed examples"
MAX_ANSWER_TOKENS = 10
MAX_CANARY_ROUNDS = 10
"""So often the later questions are asked while a canary has no verdict."""
SETTINGS = """[curate]
scorer = "exact"
corrections = "trusted"

[evaluate]
scorer = "exact"
max_tokens = 10
concurrency = 4

[deploy]
canary_share = 0.5
threads = 1

[cycle]
disk_free_gb = 0.5
canary_every_s = 1
"""
console = Console(highlight=False)


def write_instructions(traffic: Traffic) -> str:
    """Write the application's own prompt, with its fixed examples; without any it is never right."""
    shown = [f"Question: {one.asked}\nTopic: {one.intent}" for one in traffic.fixed]
    return "\n".join(["Name the topic of the customer's question.", *shown])


def live(
    site: Site,
    traffic: Traffic,
    questions: Sequence[RealQuestion],
    *,
    agent: str,
    seed: int,
    over: Callable[[], bool] = lambda: False,
) -> list[bool]:
    """Let people ask and say what they say; give which answers were right in truth."""
    asking = OpenAI(base_url=f"{site.url}/v1", api_key=site.key, timeout=600, max_retries=figures.MAX_RETRIES)
    ask = asking.chat.completions.create
    with site.client() as rest:

        def talk(number: int, question: RealQuestion) -> bool | None:
            if over():
                return None
            answer = ask(model=agent, messages=[{"role": "user", "content": question.asked}])
            right = figures.is_right(question, answer.choices[0].message.content or "")
            rng = random.Random(f"{seed} {question.asked}")
            said = give_feedback(traffic, question, right=right, rng=rng)
            if said:
                body = {"interaction": answer.id, "rater": f"person-{number}", **said}
                rest.post("/api/v1/feedback", json=body).raise_for_status()
            return right

        with ThreadPoolExecutor(figures.AT_ONCE) as pool:
            seen = list(pool.map(talk, range(len(questions)), questions))
    return [right for right in seen if right is not None]


def run_night(site: Site, traffic: Traffic, *, agent: str, seed: int) -> dict[str, Any]:
    """Run the night of an agent, with people who ask while its canary is out; give what it tells."""
    command = site.command("improve", agent)
    if site.wait_for_canary(agent, command):
        say("The gate passed, and the candidate is rolled out; new questions come in.")
        for turn in range(MAX_CANARY_ROUNDS):
            live(site, traffic, traffic.later, agent=agent, seed=seed + turn, over=command.is_over)
        if not command.is_over():  # else it would wait for outcomes that never come
            site.ask("rollback", agent, "--reason", "Everybody had asked, and there was no verdict.")
    night: dict[str, Any] = command.result()
    return night


def review_sample(site: Site, traffic: Traffic, agent: str) -> int:
    """Judge the answers that were drawn at random, as somebody of the application's makers; give how many."""
    intents = {one.asked: one.intent for one in traffic.day}
    with site.client() as rest:
        drawn = rest.get(f"/api/v1/agents/{agent}/sample").raise_for_status().json()["items"]
        for one in drawn:
            question = RealQuestion(one["question"], intents[one["question"]])
            said = {"score": float(figures.is_right(question, one["answer"])), "source": "human_evaluation"}
            body = {"interaction": one["interaction"], "rater": "reviewer", **said}
            rest.post("/api/v1/feedback", json=body).raise_for_status()
    return len(drawn)


def improve_agent(
    site: Site, traffic: Traffic, models: Sequence[str], *, agent: str, seed: int
) -> tuple[dict[str, Any], list[bool]]:
    """Live the day and the night of an agent; give the night, and the marks of its live version.

    Args:
        site: The server.
        traffic: Who asks what.
        models: Options of `upspiral agents create` that say where its model lives, and who its teacher is.
        agent: Its name.
        seed: Draws who says something.
    """
    words = ["--instructions", write_instructions(traffic), "--max-tokens", str(MAX_ANSWER_TOKENS)]
    site.ask("agents", "create", agent, *models, *words)
    seen = live(site, traffic, traffic.day, agent=agent, seed=seed)
    say(f"[bold]{agent}[/], the day: {figures.describe_share(seen)} questions were answered rightly.")
    say(f"{review_sample(site, traffic, agent)} answers drawn at random are judged.")
    began = time.monotonic()
    night = run_night(site, traffic, agent=agent, seed=seed)
    for trial in night["levers"]:
        say(f"lever {trial['lever']} {trial['state']}: {trial['reason']}")
    say(f"[bold]{night['cycle']['ending']}[/]: {night['cycle']['reason']}")
    say(f"The night took {time.monotonic() - began:.0f} s.")
    ask = figures.ask_model(f"{site.url}/v1", key=site.key, model=agent, instructions="")
    return night, figures.mark_answers(ask, traffic.test)


def show_nothing(_asked: str) -> figures.Pairs:
    """Show no example."""
    return ()


def measure_shown(host: str, traffic: Traffic, per_intent: Sequence[int]) -> dict[str, list[bool]]:
    """Mark the model as it is, with the fixed examples, and with memories of right answers alone besides."""
    known, own = [*traffic.day, *traffic.later], write_instructions(traffic)
    asked: dict[str, tuple[str, figures.Show]] = {AS_IT_IS: ("", show_nothing), FIXED: (own, show_nothing)}
    asked |= {f"{n} right answers an intent": (own, figures.remember(known, n)) for n in per_intent}
    found = {}
    for name, (instructions, show) in asked.items():
        ask = figures.ask_model(host, key="none", model="base", instructions=instructions, show=show)
        found[name] = figures.mark_answers(ask, traffic.test)
        say(f"{name}: {figures.describe_share(found[name])}")
    return found


@contextmanager
def open_teacher(traffic: Traffic, wanted: bool, *, seed: int) -> Iterator[tuple[str, ...]]:
    """Give the options of `upspiral agents create` that name a teacher; none where none is wanted."""
    if not wanted:
        yield ()
        return
    with FakeTeacher(traffic.truth, seed=seed) as teacher:
        yield ("--teacher", "openai-compatible:teacher", "--teacher-url", teacher.url)
        say(f"The teacher was asked {len(teacher.calls)} times.")


def say(text: str) -> None:
    """Tell what happened and when."""
    console.print(f"[bold cyan]{time.monotonic() - BEGAN:5.0f} s[/] {text}", soft_wrap=True)


def main(argv: list[str] | None = None) -> dict[str, Any]:
    """Live a day and a night of each agent on the real model, and measure; give every number."""
    chosen = _parse(argv)
    size = Size(chosen.intents, chosen.asked, chosen.tests, chosen.fixed, chosen.speaks)
    traffic = read_traffic(chosen.file, size, seed=chosen.seed)
    write_model(chosen.model)
    say(f"{len(traffic.day)} questions of {len(traffic.intents)} intents; {len(traffic.test)} to test with.")
    shutil.rmtree(chosen.data, ignore_errors=True)
    chosen.data.mkdir(parents=True)
    (chosen.data / "upspiral.toml").write_text(SETTINGS)
    settings = DeploySettings(threads=chosen.threads)
    nights: dict[str, Any] = {}
    with (
        open_teacher(traffic, chosen.teacher, seed=chosen.seed) as taught,
        closing(LocalHost(chosen.model, settings=settings, log=chosen.data / "host.log")) as host,
    ):
        url = f"{host.ensure()}/v1"
        marks = measure_shown(url, traffic, chosen.curve)
        models = {
            HOSTED: ("--model", "openai-compatible:base", "--url", url),
            TRAINED: ("--model", f"local:{chosen.model.resolve()}"),
        }
        with Site(chosen.data) as site:
            for agent in chosen.agents:
                nights[agent], marks[agent] = improve_agent(
                    site, traffic, (*models[agent], *taught), agent=agent, seed=chosen.seed
                )
                _tell(marks, agent)
            summaries = {one["agent"]: one for one in site.ask("history")}
    for agent in nights:
        say(f"The night of {agent} used {summaries[agent]['used_tokens']} tokens of models.")
    gains = {agent: compare_with_before(marks, agent) for agent in nights}
    result = {"marks": marks, "nights": nights, "summaries": summaries, "gains": gains}
    (chosen.data / "result.json").write_text(json.dumps(result, indent=1))
    return result


def compare_with_before(marks: dict[str, list[bool]], agent: str) -> dict[str, dict[str, float]]:
    """Compare the version that is live after a night with the model as it is and with its fixed examples."""
    return {name: dict(figures.compare_marks(marks[name], marks[agent])) for name in (AS_IT_IS, FIXED)}


def _tell(marks: dict[str, list[bool]], agent: str) -> None:
    say(f"[bold]{agent}[/], after the night: {figures.describe_share(marks[agent])}")
    for name, gain in compare_with_before(marks, agent).items():
        say(
            f"against {name}: {100 * gain['gain']:+.1f} points "
            f"({100 * gain['low']:+.1f} to {100 * gain['high']:+.1f}), {gain['forgotten']} forgotten"
        )


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path, help="BANKING77 as JSON lines")
    parser.add_argument("--data", type=Path, default=Path("real-data"), help="what it holds is replaced")
    parser.add_argument("--model", type=Path, default=Path("real-model"), help="folder of the model, 270 MB")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--intents", type=int, default=Size.intents)
    parser.add_argument("--asked", type=int, default=Size.asked, help="questions an intent before the night")
    parser.add_argument("--fixed", type=int, default=Size.fixed, help="examples in the application's prompt")
    parser.add_argument("--speaks", type=float, default=Size.speaks, help="share of answers with feedback")
    parser.add_argument("--tests", type=int, default=Size.tests, help="test questions an intent")
    parser.add_argument(
        "--teacher", action="store_true", help="a stand-in for one, wrong in 5 %% of its answers"
    )
    parser.add_argument("--agents", nargs="*", default=[HOSTED, TRAINED], choices=[HOSTED, TRAINED])
    parser.add_argument("--threads", type=int, default=1, help="of the host; 2 only on a machine of its own")
    parser.add_argument(
        "--curve",
        type=int,
        nargs="*",
        default=[5, 10, 20],
        help="sizes of memories, in answers an intent",
    )
    return parser.parse_args(argv)


BEGAN = time.monotonic()

if __name__ == "__main__":
    try:
        main()
    except ModelMissingError as error:
        sys.exit(str(error))
