"""How are instructions searched for? By GEPA, in a process of its own that asks its parent for everything.

A whole program: started, never imported. It knows the instructions and how many cases there are, never what
stands in them, and it has no key. Each line that it writes is a question to the parent, which answers with a
line: the scores of cases under other instructions, or a proposal. The last line holds what was found. When
the parent is gone its input ends, and it ends too.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from gepa.api import optimize
from gepa.core.adapter import EvaluationBatch

PART = "instructions"
"""GEPA searches for named texts; there is one."""
Candidate = dict[str, str]


class Parent:
    """The process that started this one, at the other end of two pipes."""

    def __init__(self) -> None:
        self._out, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no question
        self.has_stopped = False

    def read(self) -> dict[str, Any]:
        """Read a line; ends this process where there is none any more."""
        line = sys.stdin.readline()
        if not line:
            raise SystemExit(1)
        found: dict[str, Any] = json.loads(line)
        self.has_stopped = self.has_stopped or bool(found.get("stop"))
        return found

    def write(self, **said: object) -> None:
        """Write a line."""
        self._out.write(f"{json.dumps(said)}\n")
        self._out.flush()

    def ask(self, question: str, candidate: Candidate, cases: Sequence[int]) -> Any:
        """Ask about instructions and cases; None once the parent answers no more."""
        if self.has_stopped:
            return None
        self.write(ask=question, instructions=candidate[PART], cases=list(cases))
        return self.read().get(question)


class ParentAdapter:
    """What GEPA wants to know, asked of the parent."""

    def __init__(self, parent: Parent) -> None:
        self._parent = parent

    def evaluate(
        self, batch: list[int], candidate: Candidate, capture_traces: bool = False
    ) -> EvaluationBatch[int, int]:
        """Ask how well cases are answered under other instructions; 0 once nobody answers any more."""
        scores = self._parent.ask("scores", candidate, batch) or [0.0] * len(batch)
        return EvaluationBatch(outputs=batch, scores=scores, trajectories=batch if capture_traces else None)

    def make_reflective_dataset(
        self, candidate: Candidate, eval_batch: EvaluationBatch[int, int], components_to_update: list[str]
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Name the cases; the parent knows what was answered."""
        return {part: [{"case": case} for case in eval_batch.outputs] for part in components_to_update}

    def propose_new_texts(
        self,
        candidate: Candidate,
        reflective_dataset: Mapping[str, Sequence[Mapping[str, Any]]],
        components_to_update: list[str],
    ) -> Candidate:
        """Ask for better instructions; nothing where the parent admits none."""
        cases = [record["case"] for record in reflective_dataset[PART]]
        proposed = self._parent.ask("proposal", candidate, cases)
        return {PART: proposed} if proposed else {}


class Silence:
    """A log that nobody reads."""

    def log(self, message: str) -> None:
        """Forget it."""


def search() -> None:
    """Search, and write down what did better than the instructions that were there, the best first."""
    parent = Parent()
    task = parent.read()
    adapter: Any = ParentAdapter(parent)
    found: Any = optimize(
        seed_candidate={PART: task["instructions"]},
        trainset=task["failed"],
        valset=task["all"],
        adapter=adapter,
        max_metric_calls=task["answers"],
        stop_callbacks=lambda _state: parent.has_stopped,
        cache_evaluation=True,
        logger=Silence(),
        track_best_outputs=False,
        seed=task["seed"],
    )
    scores = found.val_aggregate_scores
    better = [n for n in range(len(scores)) if scores[n] > scores[0]]
    better.sort(key=lambda n: -scores[n])
    parent.write(found=[found.candidates[n][PART] for n in better])


if __name__ == "__main__":
    search()
