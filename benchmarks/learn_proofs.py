"""Does everything that learns keep its promises? One command for each, run one after the other.

`python benchmarks/learn_proofs.py [TRACES] [--part 0.05]`: every figure comes with its 95 % interval and the
number of runs. TRACES is a file of agent traces (MINT, chat-jsonl), without which the replication is left
out. At full size it takes about 35 minutes of one core; `--part` runs a part of everything, to see that it
works.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

PROMISES: tuple[tuple[str, str, int, tuple[str, ...]], ...] = (
    ("a pattern from permuted outcomes: at most 10 % of runs, upper limit 12 %", "patterns", 1_000,
     ("--only", "permuted")),
    ("10 points in a slice of 25 % at 8,000 rows, among 500 slices: found in 90 %", "patterns", 1_000,
     ("--only", "planted")),
    ("a week's patterns on the next: accuracy .80, 5 points above base, coverage .70; none without structure",
     "patterns", 1_000, ("--only", "learning")),
    ("patterns of half the tasks of MINT hold on the other half: 70 %", "patterns", 1_000,
     ("--only", "traces")),
    ("95 % trust intervals cover 93 to 97 %", "routing", 2_400, ("--only", "coverage")),
    ("regret no more than global Thompson's, and less where domains matter", "routing", 20,
     ("--only", "regret")),
    ("an agent that falls gets less than 5 % within 200 requests", "routing", 40, ("--only", "fall")),
    ("intervals of another policy's worth cover 93 %", "routing", 300, ("--only", "offpolicy")),
    ("20 % colluders move no agent by more than 5 points", "raters", 50, ()),
)  # fmt: skip
"""What is promised, the program that measures it, its runs at full size, and what else it is told."""
HERE = Path(__file__).parent


def main() -> None:
    """Run every command and show what it prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("traces", type=Path, nargs="?")
    parser.add_argument("--part", type=float, default=1.0, help="Of the runs at full size, above 0.")
    chosen = parser.parse_args()
    for promise, program, runs, more in PROMISES:
        if "traces" in more and chosen.traces is None:
            continue
        given = [str(chosen.traces)] if "traces" in more else []
        count = str(max(2, round(chosen.part * runs)))
        command = [f"{HERE / program}.py", *given, "--runs", count, *more]
        print(f"\n# {promise}\n\n`python {' '.join(command)}`\n", flush=True)
        started = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True)
        print(f"\n{time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
