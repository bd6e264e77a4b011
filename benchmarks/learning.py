"""How long does the learning cycle take over a million recommendations, and over ten thousand more?

python benchmarks/learning.py [--n 1000000] [--data FOLDER] [--new 10000]

Builds a SQLite store once (it is kept in the folder): recommendations of 8 agents in 20 types over a week,
workflows of one to three, 90 % settled, and a tenth as many ordinary requests over a month. Then a fresh
process runs the cycle, takes in the new ones, and runs it again; last, the metrics routes are asked through
a real server.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

import numpy as np
from msgspec import Struct, structs

from upspiral.analyze.recommendations import LearningSettings
from upspiral.capture.rollup_deltas import for_changed, for_new
from upspiral.domain import Interaction, Kind, Message, Outcome, Status, ToolCall
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId
from upspiral.night_config import ScheduleSettings
from upspiral.projections.recommendations import RecommendationLearner
from upspiral.store import Store
from upspiral.testing.site import Site

END = datetime(2026, 1, 8, tzinfo=UTC)
WEEK, MONTH, HOUR = timedelta(days=7), timedelta(days=30), timedelta(hours=1)
AGENTS, TYPES, PART = 8, 20, 5_000
CHANNELS = ("tv", "radio", "print", "web")
ROUTES = (
    "/api/v1/metrics/agents",
    "/api/v1/metrics/tools?agent=A1",
    "/api/v1/metrics/failure-reasons?agent=A1",
    "/api/v1/metrics/agents/A1",
    "/api/analytics/response-quality/metrics",
    "/api/analytics/response-quality/problematic",
    "/api/analytics/model-improvement/error-trends",
    "/api/v1/learning/patterns",
)
Pair = tuple[Interaction, Outcome | None]


class Draft(Struct, frozen=True):
    """What one recommendation says."""

    agent: int
    kind: int
    flow: str
    confidence: float
    says: dict[str, object]


def swarm(n: int, rng: np.random.Generator, *, begin: datetime, span: timedelta, mark: str) -> Iterator[Pair]:
    """Make recommendations with planted skills of agents, and how most of them turned out."""
    skill = np.random.default_rng(7).choice((0.95, 0.85, 0.7, 0.4, 0.15), size=(AGENTS, TYPES))
    made = flow = 0
    while made < n:
        kind, size = int(rng.integers(TYPES)), int(rng.integers(1, 4))
        at, flow = begin + span * (made / n), flow + 1
        for agent in rng.choice(AGENTS, size=size, replace=False).tolist():
            channel, confidence = int(rng.integers(4)), round(float(rng.beta(6, 2)), 3)
            says: dict[str, object] = {
                "channel": CHANNELS[channel],
                "budget": int(rng.integers(1, 2_000)) * 50,
                "why": f"Because of reason {mark} {made}.",
            }
            good = bool(rng.random() < skill[agent, kind] - 0.1 * (channel == 3))
            one = _recommendation(
                f"int_{mark}{made:08d}", at, Draft(agent, kind, f"{mark}{flow}", confidence, says)
            )
            yield one, _outcome(one, good, at + timedelta(minutes=1)) if rng.random() < 0.9 else None
            made, at = made + 1, at + timedelta(seconds=0.02)


def _recommendation(ident: str, at: datetime, draft: Draft) -> Interaction:
    noted = {
        "type": f"type {draft.kind}",
        "agent_name": f"Agent {draft.agent}",
        "confidence": str(draft.confidence),
        "reasoning": "It went well the last time, and the numbers of this quarter say the same. " * 3,
        "workflow_id": draft.flow,
    }
    return Interaction(
        id=InteractionId(ident),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId(f"A{draft.agent}"),
        at=at,
        kind=Kind.RECOMMENDATION,
        messages=(Message("user", noted["type"]),),
        answer=json.dumps(draft.says),
        model="",
        conversation=draft.flow,
        metadata=noted,
    )


def ordinary(n: int, rng: np.random.Generator) -> Iterator[Pair]:
    """Make ordinary requests with tools and errors, a third of them judged."""
    for k in range(n):
        at = END - MONTH + MONTH * (k / n)
        agent = int(rng.integers(AGENTS))
        error = "TimeoutError: read timed out" if rng.random() < 0.02 else None
        broken = "KeyError: 'order'" if rng.random() < 0.05 else None
        one = Interaction(
            id=InteractionId(f"int_o{k:08d}"),
            workspace=DEFAULT_WORKSPACE,
            agent=AgentId(f"A{agent}"),
            at=at,
            messages=(Message("user", "Where is my refund for order 1234? I asked last week."),),
            answer="The refund was issued because the order was late. " * 4,
            model=f"model {agent % 3}",
            conversation=f"c{k // 2}",
            tool_calls=(ToolCall(name=f"tool {k % 5}", error=broken),),
            latency_ms=float(rng.lognormal(6, 1)),
            error=error,
            metadata={"task": f"task {k % 4}"},
        )
        judged = error is not None or rng.random() < 0.33
        yield one, _outcome(one, error is None and rng.random() < 0.8, at) if judged else None


def _outcome(one: Interaction, good: bool, at: datetime) -> Outcome:
    return Outcome(
        interaction=one.id,
        workspace=one.workspace,
        agent=one.agent,
        interaction_at=one.at,
        status=Status.SUCCESS if good else Status.FAILURE,
        score=float(good),
        reason="a benchmark",
        at=at,
        settled=at,
    )


def write(store: Store, pairs: list[Pair]) -> None:
    """Write some down as capture does, with their counts."""
    outcomes = {outcome.interaction: outcome for _, outcome in pairs if outcome}
    with store.transaction():
        store.interactions.insert_ignore(*(one for one, _ in pairs))
        store.outcomes.insert_ignore(*outcomes.values())
        grown, tools = for_new([one for one, _ in pairs], outcomes)
        store.rollups.grow(grown)
        store.tool_rollups.grow(tools)


def fill(store: Store, pairs: Iterator[Pair]) -> None:
    """Write all of them down, a part at a time."""
    part: list[Pair] = []
    for pair in pairs:
        part.append(pair)
        if len(part) == PART:
            write(store, part)
            part = []
    write(store, part)


def build(data: Path, n: int) -> None:
    """Make the store, unless it is there."""
    done = data / "built.json"
    if done.exists() and json.loads(done.read_text())["n"] == n:
        return
    data.mkdir(parents=True, exist_ok=True)
    started, rng = time.perf_counter(), np.random.default_rng(0)
    with Store(str(data / "upspiral.db")) as store:
        store.upgrade()
        store.workspaces.ensure(DEFAULT_WORKSPACE, END - MONTH)
        fill(store, swarm(n, rng, begin=END - WEEK, span=WEEK - HOUR, mark="r"))
        fill(store, ordinary(n // 10, rng))
    off = "\n".join(f'{name} = "off"' for name in ScheduleSettings.model_fields)
    (data / "upspiral.toml").write_text(f"[cycle]\nnightly = false\n[schedule]\n{off}\n")
    done.write_text(json.dumps({"n": n}))
    print(f"built {n:,} recommendations in {time.perf_counter() - started:.0f} s", flush=True)


def cycle(data: Path, new: int) -> None:
    """Run the cycle twice in this process, and print what it took; what was added is taken away again."""
    with Store(str(data / "upspiral.db")) as store:
        learner = RecommendationLearner(DEFAULT_WORKSPACE, LearningSettings())
        runs = [_timed(store, learner, "all", END)]
        rng = np.random.default_rng(1)
        fresh = list(swarm(new - new // 10, rng, begin=END, span=HOUR, mark="n"))
        for start in range(0, len(fresh), PART):
            write(store, fresh[start : start + PART])
        _late(store, new // 10)
        runs.append(_timed(store, learner, f"{new:,} new", END + HOUR + timedelta(minutes=2)))
        runs.append(_timed(store, learner, "nothing new", END + HOUR + timedelta(minutes=3)))
        ids = [one.id for one, _ in fresh]
        store.interactions.forget_ids(DEFAULT_WORKSPACE, ids)
        store.outcomes.forget_about(DEFAULT_WORKSPACE, ids)
        store.learning_runs.remove_each(DEFAULT_WORKSPACE, "id", runs[1:])


def _late(store: Store, n: int) -> None:
    """Judge the oldest again, or for the first time."""
    since, before = END - WEEK, END - WEEK + 12 * HOUR
    for part in store.interactions.stream_recommendations(
        DEFAULT_WORKSPACE, since=since, before=before, at_once=n
    ):
        turns = store.interactions.many(DEFAULT_WORKSPACE, [one.id for one in part])
        old = store.outcomes.of(DEFAULT_WORKSPACE, [one.id for one in turns])
        made = [_outcome(one, k % 3 > 0, END + HOUR + timedelta(minutes=1)) for k, one in enumerate(turns)]
        now = [
            structs.replace(o, settled=old[o.interaction].settled) if o.interaction in old else o
            for o in made
        ]
        store.outcomes.upsert(*now)
        store.rollups.grow(for_changed(turns, old, {o.interaction: o for o in now})[0])
        return


def _timed(store: Store, learner: RecommendationLearner, what: str, now: datetime) -> str:
    started = time.perf_counter()
    run = learner.run(store, lookback=timedelta(days=7.1), clock=lambda: now)
    took = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    it = run.learned.iteration
    print(
        f"| the cycle, {what} | {took:.2f} s, peak {peak:,.0f} MiB, {it.samples_analyzed:,} samples, "
        f"{it.patterns_confirmed} patterns confirmed |",
        flush=True,
    )
    return run.id


def routes(data: Path, calls: int) -> None:
    """Ask the routes through a server."""
    (data / "server.json").unlink(missing_ok=True)
    with Site(data) as site, site.client() as rest:
        for path in ROUTES:
            times = []
            for _ in range(calls):
                started = time.perf_counter()
                rest.get(path).raise_for_status()
                times.append(1000 * (time.perf_counter() - started))
            cuts = quantiles(times, n=100)
            print(f"| GET {path} | p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--new", type=int, default=10_000)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--data", type=Path, default=Path("/tmp/upspiral-learning"))
    parser.add_argument("--only", choices=("cycle", "routes"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    build(chosen.data, chosen.n)
    if chosen.only == "cycle":
        cycle(chosen.data, chosen.new)
        return
    print("| what | figure |\n|---|---:|", flush=True)
    if chosen.only is None:
        again = ["--n", str(chosen.n), "--new", str(chosen.new), "--data", str(chosen.data)]
        subprocess.run([sys.executable, __file__, "--only", "cycle", *again], check=True)
    routes(chosen.data, chosen.calls)


if __name__ == "__main__":
    main()
