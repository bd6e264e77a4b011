"""How often is a pattern reported where none is, and how often is one found that is there?

`python benchmarks/patterns.py` prints Markdown tables of planted truth; with the path of a file of agent
traces (chat-jsonl, MINT) also how many of the patterns found on half its tasks hold on the other half.
"""

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from upspiral.analyze.features import conversation_features, table
from upspiral.analyze.recommendations import LearningSettings, Sample, learn, measure_forward_accuracy
from upspiral.analyze.slices import echoes
from upspiral.capture.config import CaptureSettings
from upspiral.capture.formats.chat_jsonl import Imported, open_lines, parse
from upspiral.capture.outcome import fold_outcome
from upspiral.domain import Status, conversations
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId
from upspiral.stats.beam import BeamWidth
from upspiral.stats.change.permutation import change
from upspiral.stats.contrast import contrast
from upspiral.stats.items import Value
from upspiral.stats.proportions import wilson
from upspiral.stats.subgroups import Search, Subgroup, discover

Table = dict[str, Sequence[Value]]
START = datetime(2026, 1, 1, tzinfo=UTC)
ROWS, BASE, EFFECT = 8_000, 0.2, 0.1
CHANGES = (
    *((days, size, 0.1, 0.0) for days, size in ((5, 50), (7, 30), (14, 100), (30, 8))),
    *((days, 200, 0.1, 0.02) for days in (5, 7, 14)),
    *((days, 100, after, 0.0) for days in (7, 14) for after in (0.2, 0.3)),
)
"""Days, conversations a day, the rate of the last third (0.1 before), beta-binomial spread of days."""
KNOWN_BEFORE = ("model", "task", "feedback_provider")
KINDS = {"clear": (0.95, 0.95, 0.92, 0.1, 0.05), "faint": (0.75, 0.65, 0.6, 0.5, 0.4), "none": (0.6,)}


def features(rng: np.random.Generator) -> Table:
    """Make 20 features: 12 with four values, 4 with ten, 4 numbers; some hang together."""
    given: Table = {f"kind {j}": rng.choice(list("abcd"), ROWS).tolist() for j in range(10)}
    given |= {f"many {j}": rng.choice(list("abcdefghij"), ROWS).tolist() for j in range(4)}
    given |= {f"number {j}": rng.lognormal(size=ROWS).round(3).tolist() for j in range(4)}
    for j in range(2):
        kind = np.array([str(value) for value in given[f"kind {j}"]])
        same = rng.random(ROWS) < 0.7
        given[f"like kind {j}"] = np.where(same, kind, rng.choice(list("abcd"), ROWS)).tolist()
    return given


def found_in(
    given: Table, failed: NDArray[np.bool_], tested: int, rng: np.random.Generator
) -> list[Subgroup]:
    how = Search(width=BeamWidth(tested=tested))
    return list(discover(given, failed.tolist(), explored=(rng.random(ROWS) < 0.5).tolist(), how=how).found)


def share(k: int, n: int) -> str:
    limits = wilson(k, n)
    return f"{k} of {n} = {k / n:.1%} ({limits.low:.1%} to {limits.high:.1%})"


def ratio(parts: Sequence[float], wholes: Sequence[float]) -> str:
    """Give the ratio of two sums over runs with its 95 % interval, runs being independent."""
    part, whole = np.array(parts, dtype=float), np.array(wholes, dtype=float)
    if not whole.sum():
        return "none"
    middle = part.sum() / whole.sum()
    off = (part - middle * whole) / whole.mean()
    if len(off) < 2:
        return f"{middle:.3f} (one run)"
    half = 1.96 * off.std(ddof=1) / np.sqrt(len(off))
    return f"{middle:.3f} ({middle - half:.3f} to {middle + half:.3f})"


def permuted(runs: int, rng: np.random.Generator) -> None:
    """Count runs in which anything is reported although outcomes are permuted."""
    false = {100: 0, 500: 0}
    given, failed = features(rng), rng.random(ROWS) < BASE
    for k in range(runs):
        if k % 50 == 0:
            given, failed = features(rng), rng.random(ROWS) < BASE
        for tested in false:
            false[tested] += bool(found_in(given, rng.permutation(failed), tested, rng))
    for tested, count in false.items():
        print(f"| permuted outcomes, {tested} slices tested: any pattern reported | {share(count, runs)} |")


def planted(runs: int, rng: np.random.Generator) -> None:
    """Count runs in which a planted slice of 25 % and 10 points is found, and what else is told."""
    for tested in (100, 500):
        right, extra, slow = 0, 0, 0.0
        for k in range(runs):
            given = features(rng)
            name = f"kind {k % 10}"
            inside = np.array([value == "a" for value in given[name]])
            failed = rng.random(ROWS) < BASE + EFFECT * inside
            begun = time.perf_counter()
            told = found_in(given, failed, tested, rng)
            slow = max(slow, time.perf_counter() - begun)
            exact = [s for s in told if s.conditions == ((name, "a"),) and s.higher]
            right += bool(exact)
            extra += len(told) - len(exact)
        print(
            f"| 10 points in a slice of 25 %, {tested} tested: that very slice found | {share(right, runs)} |"
        )
        print(f"| slices told besides, a run | {extra / runs:.2f}; slowest search {slow:.2f} s |", flush=True)


def swarm(kind: str, n: int, rng: np.random.Generator) -> list[Sample]:
    """Make recommendations of 8 agents in 5 types, three agents to a workflow, over 14 days."""
    skill = rng.choice(KINDS[kind], size=(8, 5))
    made: list[Sample] = []
    for flow in range(n // 3):
        at, topic = START + timedelta(days=14 * flow * 3 / n), int(rng.integers(5))
        agents = rng.choice(8, size=3, replace=False)
        good = rng.random(3) < skill[agents, topic]
        says = np.where(good, 0, rng.integers(1, 5, size=3)) if kind != "none" else rng.integers(0, 5, size=3)
        for agent, right, said in zip(agents.tolist(), good.tolist(), says.tolist(), strict=True):
            together = int((says == said).sum()) > 1
            sure = "high" if rng.random() < 0.3 + 0.4 * right * (agent % 2) * (kind != "none") else "medium"
            known = {
                "agent": f"A{agent}",
                "type": f"type {topic}",
                "confidence": sure,
                "agreement": "several agents" if together else "alone",
                "content channel": str(rng.choice(list("abcd"))),
            }
            made.append(
                Sample(
                    id=InteractionId(f"int_{len(made)}"),
                    agent=AgentId(f"A{agent}"),
                    type=f"type {topic}",
                    workflow=f"flow {flow} {rng.integers(1 << 40)}",
                    confidence=0.9 if sure == "high" else 0.6,
                    approved=bool(right),
                    settled=at,
                    features=known,
                )
            )
    return made


def learning(runs: int, rng: np.random.Generator) -> None:
    """Learn from a week, and hold the patterns against the next."""
    print("\n| structure | a week | accuracy | above base | coverage | patterns confirmed | runs with any |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    middle = START + timedelta(days=7)
    for kind in KINDS:
        for week in (250, 1_000, 2_500):
            seen, confirmed = [], []
            times = 10 * runs if kind == "none" else runs
            for _ in range(times):
                everything = swarm(kind, 2 * week, rng)
                past = [s for s in everything if s.settled and s.settled <= middle]
                got = learn(
                    past,
                    workspace=DEFAULT_WORKSPACE,
                    previous=None,
                    clock=lambda: middle,
                    settings=LearningSettings(),
                )
                confirmed.append(got.iteration.patterns_confirmed)
                seen.append(measure_forward_accuracy(got.patterns, everything, after=middle))
            told = [s for s in seen if s.accuracy is not None]
            covered = [s.covered for s in told]
            better = ratio([s.right - (s.base_rate or 0) * s.covered for s in told], covered)
            rates = f"{ratio([s.right for s in told], covered)} | {better}"
            coverage = ratio([s.covered for s in seen], [s.outcomes for s in seen])
            print(
                f"| {kind} | {week:,} | {rates} | {coverage} | {np.mean(confirmed):.1f} "
                f"| {len(told)} of {times} |",
                flush=True,
            )


def traces(path: Path) -> tuple[Table, list[bool], list[str]]:
    """Read agent traces as features, failures, and the task each was about."""
    lines = parse(
        open_lines(path), mapping={}, agent="mint", workspace=DEFAULT_WORKSPACE, now=START, tool_tag="execute"
    )
    got = [line for line in lines if isinstance(line, Imported)]
    outcomes = {
        g.interaction.id: fold_outcome(g.interaction, g.feedback, settings=CaptureSettings(), now=START)
        for g in got
    }
    seen = conversations([g.interaction for g in got], outcomes)
    noted = [c.interactions[0].metadata for c in seen]
    failed = [c.status == Status.FAILURE for c in seen]
    columns = table([conversation_features(c) for c in seen])
    kept: Table = {name: column for name, column in columns.items() if not echoes(column, failed)}
    return kept, failed, [f"{note['task']}/{note['task_id']}" for note in noted]


def replication(path: Path, splits: int, runs: int, rng: np.random.Generator) -> None:
    """Find patterns in traces, with all features and with those known before the answer."""
    columns, failed, tasks = traces(path)
    replicated("all features", columns, failed, tasks, splits=splits, rng=rng)
    before: Table = {name: c for name, c in columns.items() if name in KNOWN_BEFORE}
    replicated("model, task, helper", before, failed, tasks, splits=splits, rng=rng)
    marks, number, false = np.array(failed), np.unique(tasks, return_inverse=True)[1], 0
    for _ in range(runs):
        explored = rng.random(number.max() + 1)[number] < 0.5
        shuffled = rng.permutation(marks).tolist()
        false += bool(discover(columns, shuffled, explored=explored.tolist(), groups=tasks).found)
    print(f"| traces, outcomes permuted: any pattern reported | {share(false, runs)} |", flush=True)


def replicated(
    what: str,
    columns: Table,
    failed: list[bool],
    tasks: list[str],
    *,
    splits: int,
    rng: np.random.Generator,
) -> None:
    """Find patterns on half the tasks; ask whether they hold on the other half."""
    marks, number = np.array(failed), np.unique(tasks, return_inverse=True)[1]
    held = sure = shrunk = told = 0
    for _ in range(splits):
        side = rng.integers(0, 4, size=number.max() + 1)[number]  # 0, 1: find and test; 2, 3: replicate
        mine, other = side < 2, side >= 2
        half: Table = {name: [v for v, m in zip(c, mine, strict=True) if m] for name, c in columns.items()}
        groups = [t for t, m in zip(tasks, mine, strict=True) if m]
        found = discover(half, marks[mine].tolist(), explored=(side[mine] == 0).tolist(), groups=groups).found
        for slice_ in found:
            inside = _inside(slice_.conditions, columns, other)
            again = contrast(inside, marks[other], higher=slice_.higher, groups=number[other])
            gap = abs(slice_.hits / slice_.n - slice_.rest_hits / slice_.rest_n)
            told, held = told + 1, held + (again.size > 0)
            sure, shrunk = sure + (again.p_value <= 0.05), shrunk + (again.size >= gap / 2)
    print(
        f"| traces, {what}: patterns found on half the tasks, {splits} splits | {told / splits:.1f} a split |"
    )
    print(f"| ... same direction on the other half | {share(held, told)} |")
    print(f"| ... and at least half as large | {share(shrunk, told)} |")
    print(f"| ... and significant there (one-sided 5 %, by task) | {share(sure, told)} |", flush=True)


def changes(runs: int, rng: np.random.Generator) -> None:
    """Count false alarms of the change-point test, and changes found."""
    print("\n| days of so many conversations | rate | spread of days | called changed | day right, ± 1 |")
    print("|---|---|---|---:|---:|")
    for days, size, after, spread in CHANGES:
        rates = np.where(np.arange(days) < 2 * days // 3, 0.1, after)
        said = near = 0
        for _ in range(runs):
            daily = rates if spread == 0 else rng.beta(rates / spread, (1 - rates) / spread)
            found = change(rng.binomial(size, daily).tolist(), [size] * days, rng=rng, draws=199)
            said += found.direction != "steady"
            near += found.day is not None and abs(found.day - 2 * days // 3) <= 1
        rate = "0.1" if after == 0.1 else f"0.1 → {after}"
        close = "" if after == 0.1 else f"{near / max(1, said):.0%}"
        print(
            f"| {days} of {size} | {rate} | {spread or 'chance'} | {share(said, runs)} | {close} |",
            flush=True,
        )


def _inside(
    conditions: Sequence[tuple[str, str]], columns: Table, rows: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    inside = np.ones(int(rows.sum()), dtype=np.bool_)
    for name, wanted in conditions:
        column = [v for v, kept in zip(columns[name], rows, strict=True) if kept]
        inside &= np.array([_meets(value, wanted) for value in column])
    return inside


def _meets(value: Value, wanted: str) -> bool:
    if value is None or isinstance(value, str):
        return value == wanted
    if wanted.startswith("≤ "):
        return float(value) <= float(wanted[2:]) * (1 + 1e-6)
    if wanted.startswith("> "):
        return float(value) > float(wanted[2:])
    return wanted == ("yes" if value else "no") if isinstance(value, bool) else f"{value:g}" == wanted


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("traces", type=Path, nargs="?")
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=("permuted", "planted", "traces", "learning", "changes"))
    chosen = parser.parse_args()
    rng, runs = np.random.default_rng(chosen.seed), chosen.runs
    print("| what | figure |\n|---|---:|")
    if chosen.only in (None, "permuted"):
        permuted(runs, rng)
    if chosen.only in (None, "planted"):
        planted(max(10, runs // 5), rng)
    if chosen.traces and chosen.only in (None, "traces"):
        replication(chosen.traces, max(5, runs // 20), runs, rng)
    if chosen.only in (None, "learning"):
        learning(max(5, runs // 50), rng)
    if chosen.only in (None, "changes"):
        changes(runs, rng)


if __name__ == "__main__":
    main()
