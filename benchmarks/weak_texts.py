"""How often is a group of questions called a weakness where none is, and how often is one found that is?

`python benchmarks/weak_texts.py QUESTIONS --only permuted` prints a Markdown table. QUESTIONS is a file of
real questions with their topic, one JSON object a line (`question`, `answer`), such as BANKING77.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from upspiral.analyze.config import AnalyzeSettings
from upspiral.analyze.finding import LabelledConversations, SearchContext, findings
from upspiral.analyze.weakness import CandidateGroup, Judged, candidate_groups, select_confirmed
from upspiral.domain import Conversation, Interaction, Message, Pattern, Polarity, Status
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId
from upspiral.stats.contrast import contrast
from upspiral.stats.proportions import wilson

Bools = NDArray[np.bool_]
START = datetime(2026, 1, 5, tzinfo=UTC)
DAYS, BEGINS = 7, 3
RATES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
INVOICE = (
    "where is my invoice",
    "i need the invoice for order {}",
    "please send me the invoice again",
    "the invoice shows a wrong amount",
    "why is my name wrong on the invoice",
    "can you correct the tax on invoice {}",
    "invoice is missing in my account",
    "download of the invoice does not work",
    "i was sent somebody else's invoice",
    "how do i get an invoice with my company address",
)
ASKED = 78
"""Questions about an invoice in the window."""


@dataclass(frozen=True, eq=False)
class Questions:
    """Real questions and the topic of each."""

    texts: NDArray[np.str_]
    topics: NDArray[np.str_]

    def drawn(self, n: int, rng: np.random.Generator) -> "Questions":
        """Draw some, each at most once."""
        picked = rng.choice(len(self.texts), min(n, len(self.texts)), replace=False)
        return Questions(self.texts[picked], self.topics[picked])


def read(path: Path) -> Questions:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return Questions(
        np.array([line["question"] for line in lines]), np.array([line["answer"] for line in lines])
    )


def seen(
    texts: Sequence[str], failed: Bools, day: NDArray[np.int64], rng: np.random.Generator
) -> LabelledConversations:
    """Make conversations of one turn on these days."""
    hours = rng.uniform(0, 24, len(texts)).tolist()
    turns = [
        Interaction(
            id=InteractionId(f"int_{k}"),
            workspace=DEFAULT_WORKSPACE,
            agent=AgentId("support"),
            at=START + timedelta(days=int(day[k]), hours=hours[k]),
            messages=(Message("user", str(text)),),
            answer="",
            model="m",
            conversation=f"c{k}",
        )
        for k, text in enumerate(texts)
    ]
    settled = [
        Conversation(
            id=turn.conversation,
            interactions=(turn,),
            status=Status.FAILURE if bad else Status.SUCCESS,
            arm=None,
            settled=turn.at,
        )
        for turn, bad in zip(turns, failed.tolist(), strict=True)
    ]
    return LabelledConversations(
        conversations=settled, telling=turns, failed=failed, explored=rng.random(len(texts)) < 0.5
    )


def reported(
    texts: Sequence[str], failed: Bools, day: NDArray[np.int64], rng: np.random.Generator
) -> list[Pattern]:
    """Give all that a search at its default settings reports, slices included."""
    errand = SearchContext(
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("support"),
        cycle=None,
        now=START + timedelta(days=DAYS),
    )
    return findings(seen(texts, failed, day, rng), errand, AnalyzeSettings())


def share(k: int, n: int) -> str:
    limits = wilson(k, n)
    return f"{k:,} of {n:,} = {k / n:.1%} ({limits.low:.1%} to {limits.high:.1%})"


def permuted(given: Questions, runs: int, seed: int) -> None:
    """Let outcomes have nothing to do with what was asked; count runs that report anything."""
    every = groups = 0
    for number, rate in enumerate(RATES):
        fooled = of_texts = 0
        times = runs // len(RATES) + (number < runs % len(RATES))
        for run in range(times):
            rng = np.random.default_rng([seed, 1, number, run])
            drawn = given.drawn((400, 800, 1_600)[run % 3], rng)
            failed = rng.random(len(drawn.texts)) < rate
            told = reported(drawn.texts.tolist(), failed, rng.integers(0, DAYS, len(failed)), rng)
            fooled, of_texts = fooled + bool(told), of_texts + any(not one.conditions for one in told)
        every, groups = every + fooled, groups + of_texts
        print(
            f"| outcomes permuted, {rate:.0%} fail: any pattern reported | {share(fooled, times)} |",
            flush=True,
        )
    print(f"| all rates together | {share(every, runs)} |")
    print(f"| ... a group of texts | {share(groups, runs)} |", flush=True)


def replication(given: Questions, runs: int, seed: int) -> None:
    """Report on one half of the conversations; look up on the other half what was reported."""
    told = held = 0
    settings = AnalyzeSettings()
    halved = settings.model_copy(update={"false_discoveries": settings.false_discoveries / 4})
    for run in range(runs):
        rng = np.random.default_rng([seed, 2, run])
        drawn = given.drawn(6_000, rng)
        names, topic = np.unique(drawn.topics, return_inverse=True)
        mean = rng.choice((0.1, 0.25, 0.45))
        rates = rng.beta(2 * mean, 2 * (1 - mean), len(names))  # topics differ as much as they may
        failed = rng.random(len(topic)) < rates[topic]
        day = [(START + timedelta(days=int(d))).date() for d in rng.integers(0, DAYS, len(topic))]
        side = rng.integers(0, 4, len(topic))  # 0, 1: find and test; 2, 3: look up
        mine = np.flatnonzero(side < 2)
        groups = candidate_groups(drawn.texts.tolist(), Judged(failed, side == 0, day), settings)
        judged = Judged(failed[mine], side[mine] == 0, [day[k] for k in mine.tolist()])
        number = {id(one.terms): k for k, one in enumerate(groups)}
        kept = select_confirmed([_of(one, mine) for one in groups], judged, halved)
        for one, _, _ in kept:
            whole = groups[number[id(one.terms)]]
            later = np.array([one.since is None or d >= one.since for d in day], dtype=np.bool_) & (side >= 2)
            again = contrast(whole.members[later], failed[later], higher=True)
            told, held = told + 1, held + (again.p_value <= 0.05)
    print(f"| groups reported on one half, {runs} halves | {told / runs:.1f} a half |")
    print(f"| ... significant on the other (one-sided 5 %) | {share(held, told)} |", flush=True)


def _of(group: CandidateGroup, rows: NDArray[np.int64]) -> CandidateGroup:
    return CandidateGroup(group.terms, group.members[rows], group.since)


def planted(given: Questions, runs: int, seed: int) -> None:
    """Let 8 topics fail in 70 %, the others in 8 %; count topics that reported groups are mostly about."""
    for n in (2_000, 6_000):
        found, right, told = list[int](), 0, 0
        for run in range(runs):
            rng = np.random.default_rng([seed, 3, run])
            drawn = given.drawn(n, rng)
            bad = rng.choice(np.unique(drawn.topics), 8, replace=False)
            planted_ = np.isin(drawn.topics, bad)
            failed = rng.random(len(planted_)) < np.where(planted_, 0.7, 0.08)
            patterns = reported(drawn.texts.tolist(), failed, rng.integers(0, DAYS, len(failed)), rng)
            hits = set[str]()
            for one in patterns:
                if one.polarity == Polarity.WEAKNESS and not one.conditions:
                    about = Counter(str(drawn.topics[int(m.removeprefix("int_"))]) for m in one.members)
                    topic, count = about.most_common(1)[0]
                    told, right = told + 1, right + (sum(about[b] for b in bad) > len(one.members) / 2)
                    hits |= {topic} if topic in bad and count > len(one.members) / 2 else set()
            found.append(len(hits))
        print(
            f"| 8 topics fail in 70 %, the others in 8 %, {n:,} conversations, {runs} runs: found | "
            f"{np.mean(found):.2f} of 8 (± {1.96 * np.std(found) / np.sqrt(runs):.2f}) |"
        )
        print(
            f"| ... reported groups with failures mostly of these topics | {share(right, max(1, told))} |",
            flush=True,
        )


def regression(given: Questions, runs: int, seed: int) -> None:
    """Let questions about an invoice fail in 13 % for three days, then in 84 %; all others alike."""
    for n, rate in ((300, 0.4), (1_500, 0.4), (1_500, 0.1), (1_500, 0.6)):
        found = dated = besides = 0
        for run in range(runs):
            rng = np.random.default_rng([seed, 4, run])
            texts = [str(rng.choice(INVOICE)).format(rng.integers(1_000, 9_999)) for _ in range(ASKED)]
            texts += given.drawn(n, rng).texts.tolist()
            day, invoice = rng.integers(0, DAYS, len(texts)), np.arange(len(texts)) < ASKED
            chance = np.where(invoice, np.where(day < BEGINS, 0.13, 0.84), rate)
            told = reported(texts, rng.random(len(texts)) < chance, day, rng)
            about = [one for one in told if _of_invoices(one)]
            found, besides = found + bool(about), besides + len(told) - len(about)
            begun = (START + timedelta(days=BEGINS)).date().isoformat()
            dated += any(one.changed_on == begun for one in about)
        print(f"| {ASKED} questions 13 % → 84 %, {n:,} others {rate:.0%}: found | {share(found, runs)} |")
        print(
            f"| ... with the right day; others reported a run | {dated} of {runs}; {besides / runs:.2f} |",
            flush=True,
        )


def _of_invoices(pattern: Pattern) -> bool:
    mine = sum(int(member.removeprefix("int_")) < ASKED for member in pattern.members)
    return mine > len(pattern.members) / 2


WORLDS = {"permuted": permuted, "replication": replication, "planted": planted, "regression": regression}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=tuple(WORLDS))
    chosen = parser.parse_args()
    given = read(chosen.questions)
    print("| what | figure |\n|---|---:|")
    for name, world in WORLDS.items():
        if chosen.only in (None, name):
            world(given, chosen.runs, chosen.seed)


if __name__ == "__main__":
    main()
