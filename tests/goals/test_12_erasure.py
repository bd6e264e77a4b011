"""Goal 12: once a person is erased, every byte of the folder may be searched for them."""

import asyncio
import base64
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import Maker
from tests.goals.conftest import connect
from tests.goals.rounds import Rounds

from upspiral import capture
from upspiral.admin.labels import give_label
from upspiral.app import App
from upspiral.capture.attachments import Attachments
from upspiral.config import load
from upspiral.curate import CurateSettings, build, build_memory
from upspiral.domain import (
    LOCAL_HOST,
    Cycle,
    Dataset,
    Ending,
    EvalReport,
    ExampleKind,
    Interaction,
    ModelVersion,
    Pair,
    Pattern,
    Source,
    Split,
    TrainingJob,
)
from upspiral.domain.evaluation import Slice
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    CycleId,
    JobId,
    ModelVersionId,
    PairId,
    PatternId,
    ReportId,
)
from upspiral.domain.message import FilePart
from upspiral.domain.span import Span, SpanId
from upspiral.scorers import scorer
from upspiral.store import Store

PEOPLE = 3
"""The first of them is erased."""
TURNS = 100
"""Of each."""
CUTS: tuple[tuple[type, str] | None, ...] = (None, (Attachments, "remove"), (Store, "compact"))
"""Where the process is killed; nowhere in every third round."""
NIGHT, SUPPORT = CycleId("cyc_1"), AgentId("support")


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_no_byte_of_an_erased_person_is_left(
    fresh_folder: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = Rounds(12, few=1, full=100)
    for number in rounds:
        folder = fresh_folder(number)
        canaries = [f"canary{number}x{who}" for who in range(PEOPLE)]
        with App(load(data=folder), nights=False) as app:
            _live(app, folder, canaries)
        assert all(_find(folder, canary) for canary in canaries)
        with App(load(data=folder)) as app:
            _erase(app, canaries[0], CUTS[number % len(CUTS)], monkeypatch)
        with App(load(data=folder)) as app:
            [done] = app.runtime.store.erasures.list_rows(DEFAULT_WORKSPACE)
            assert done.finished
            assert done.datasets
            assert done.models == ("mv_1",)
            assert app.runtime.store.model_versions.get(DEFAULT_WORKSPACE, "mv_1").holds_erased
            assert canaries[0] not in str(done)
        assert _find(folder, canaries[0]) == [], _find_columns(folder, canaries[0])
        assert all(_find(folder, canary) for canary in canaries[1:])  # the others lost nothing
        rounds.count("people erased")
        rounds.count("turns recorded", PEOPLE * TURNS)
        rounds.count("erasures killed half-way", number % len(CUTS) > 0)
    rounds.report()


def _find(folder: Path, canary: str) -> list[str]:
    """Name the files that hold a text, by their bytes."""
    return [
        path.name for path in folder.rglob("*") if path.is_file() and canary.encode() in path.read_bytes()
    ]


def _find_columns(folder: Path, canary: str) -> set[str]:
    """Name the columns that hold a text, for whoever reads that this failed."""
    found = set()
    with closing(sqlite3.connect(folder / "upspiral.db")) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            cursor = connection.execute(f'SELECT * FROM "{table}"')
            for row in cursor:
                found |= {
                    f"{table}.{column[0]}: {str(value)[:80]}"
                    for column, value in zip(cursor.description, row, strict=True)
                    if canary in str(value)
                }
    return set(sorted(found)[:20])


def _erase(app: App, canary: str, cut: tuple[type, str] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if cut is None:

        async def ask() -> None:
            async with connect(app) as client:
                answer = await client.post("/api/v1/erasures", json={"end_user": canary})
                assert answer.status_code == 201, answer.text
                assert canary not in answer.text

        asyncio.run(ask())
        return

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cut[0], cut[1], die)
        with pytest.raises(KeyboardInterrupt):
            app.erase(end_user=canary)


def _live(app: App, folder: Path, canaries: list[str]) -> None:
    """Let people ask, rate one another's answers, and a night make cases, a memory and a model of it."""
    make, store = Maker(), app.runtime.store
    turns = [_ask(app, make, who, n) for n in range(TURNS) for who in canaries]
    capture.record(store, *turns, spans=[_step(one) for one in turns], now=make.now)
    bad = [one for n, one in enumerate(turns) if n % 5 < 2]
    said = [make.feedback(one, float(one not in bad), rater=one.end_user) for one in turns]
    for one in bad:  # each is told by the next person what should have been said
        other = canaries[(canaries.index(one.end_user or "") + 1) % len(canaries)]
        wrote = f"It lies in {other} street {one.id[-6:]}."
        said.append(make.feedback(one, correction=wrote, source=Source.HUMAN_EVALUATION, rater=other))
    capture.give_feedback(store, said, settings=app.settings.capture, now=make.tick())
    asyncio.run(_send(app, canaries))
    dataset = asyncio.run(_curate(app, make, bad))
    build_memory(store, dataset, settings=CurateSettings(), now=make.tick())
    _train(app, folder, make, dataset)
    _compare(app, make, dataset, canaries)


def _ask(app: App, make: Maker, who: str, n: int) -> Interaction:
    data = base64.b64encode(f"picture of {who} {n}".encode()).decode()
    picture = FilePart(media="image", media_type="image/png", data=data)
    one = make.interaction(
        f"where is parcel {n % 7} {'abcdefg'[n % 7] * 6} of {who} {n}?",
        f"It is with {who}.",
        end_user=who,
        trace=f"trace-{who}-{n}",
        conversation=f"talk-{who}-{n}",
        answer_parts=(picture,) if n % 10 == 0 else (),
    )
    return app.runtime.admission(DEFAULT_WORKSPACE).interaction(one)


def _step(one: Interaction) -> Span:
    return Span(
        id=SpanId(f"sp_{one.id}"),
        workspace=DEFAULT_WORKSPACE,
        trace=one.trace or "",
        name=f"look up {one.end_user}",
        span=f"sp_{one.id}",
        at=one.at,
        duration_ms=3.0,
    )


async def _send(app: App, canaries: list[str]) -> None:
    """Record by the API too: a repeated request keeps its answer, and a signal waits for its turn."""
    async with connect(app) as client:
        for who in canaries:
            body = {
                "agent": "support",
                "messages": [{"role": "user", "content": f"I am {who}"}],
                "answer": who,
            }
            headers = {"idempotency-key": f"key {len(who)}{canaries.index(who)}"}
            made = await client.post(
                "/api/v1/interactions", json=body | {"end_user": who, "metadata": {"w": who}}, headers=headers
            )
            assert made.status_code == 201, made.text
            waits = {"trace": f"nobody-{canaries.index(who)}", "thumbs": "up", "comment": who, "rater": who}
            assert (await client.post("/api/v1/feedback", json=waits)).status_code == 201


async def _curate(app: App, make: Maker, bad: list[Interaction]) -> Dataset:
    store = app.runtime.store
    pattern = Pattern(
        id=PatternId("pat_1"), workspace=DEFAULT_WORKSPACE, agent=SUPPORT, cycle=NIGHT, at=make.now,
        name=f"parcels of {bad[0].end_user}", description=f"what {bad[0].end_user} asks",
        terms=(bad[0].end_user or "", "parcel"), members=tuple(one.id for one in bad),
        failures=len(bad), conversations=len(bad), failure_rate=1.0, failure_rate_low=0.9,
        failure_rate_high=1.0, share=1.0, share_low=0.9, share_high=1.0,
    )  # fmt: skip
    store.patterns.upsert(pattern)
    cycle = Cycle(
        id=NIGHT, workspace=DEFAULT_WORKSPACE, agent=SUPPORT, started=make.now,
        since=make.now - timedelta(days=30), until=make.tick(), patterns=(pattern.id,),
        ended=make.now, ending=Ending.RESTED,
    )  # fmt: skip
    store.cycles.add(cycle)
    settings = CurateSettings(corrections="trusted")
    return await build(store, cycle, teacher=None, scorer=scorer("exact"), settings=settings, now=make.tick())


def _train(app: App, folder: Path, make: Maker, dataset: Dataset) -> None:
    """Leave what a training leaves: a job with its file, and a model."""
    store = app.runtime.store
    job = TrainingJob(
        id=JobId("job_1"), workspace=DEFAULT_WORKSPACE, agent=SUPPORT, dataset=dataset.id,
        base=ModelVersionId("base"), recipe="sft_lora", created=make.now,
    )  # fmt: skip
    store.training_jobs.add(job)
    place = app.runtime.job_folder(job.id)
    place.mkdir(parents=True)
    cases = store.examples.of(DEFAULT_WORKSPACE, dataset.id, Split.TRAIN)
    assert {ExampleKind.CORRECTION, ExampleKind.REPLAY} <= {one.kind for one in cases}
    (place / "train.jsonl").write_text("\n".join(f"{one.messages} {one.answer}" for one in cases))
    (place / "output.log").write_text("\n".join(one.answer for one in cases))
    store.model_versions.add(
        ModelVersion(
            id=ModelVersionId("mv_1"),
            workspace=DEFAULT_WORKSPACE,
            name="support-v2",
            host=LOCAL_HOST,
            at=make.now,
            dataset=dataset.id,
            job=job.id,
        )
    )


def _compare(app: App, make: Maker, dataset: Dataset, canaries: list[str]) -> None:
    """Compare two versions on cases; each person labels a pair, which is feedback as well.

    On all cases: questions that are alike are held out together, in some rounds none of them.
    """
    store = app.runtime.store
    cases = [one for split in Split for one in store.examples.of(DEFAULT_WORKSPACE, dataset.id, split)]
    pairs = tuple(
        Pair(
            example=one.id, conversation=one.conversation, slice="rest", candidate=1.0, incumbent=0.0,
            candidate_answer=f"better {one.answer}", incumbent_answer=_answer_of(store, one.interaction),
            key=PairId(f"pair_{n}"),
        )
        for n, one in enumerate(cases)
    )  # fmt: skip
    every = Slice(
        name="all", n=len(pairs), wins=len(pairs), losses=0, candidate_rate=1.0, incumbent_rate=0.0,
        gain_low=0.5, gain_high=1.0,
    )  # fmt: skip
    store.eval_reports.add(
        EvalReport(
            id=ReportId("rep_1"),
            workspace=DEFAULT_WORKSPACE,
            agent=SUPPORT,
            cycle=NIGHT,
            candidate=AgentVersionId("av_2"),
            incumbent=AgentVersionId("av_1"),
            dataset=dataset.id,
            scorer="exact",
            at=make.now,
            overall=every,
            slices=(),
            void=0,
            pairs=pairs,
        )
    )
    for who in canaries:
        for pair in pairs[:10]:
            give_label(
                app.runtime, DEFAULT_WORKSPACE, "rep_1", pair=pair.key or "", rater=who, better="candidate"
            )
    assert any(one.source is Source.PREFERENCE for one in store.feedback.list_rows(DEFAULT_WORKSPACE))


def _answer_of(store: Store, interaction: str) -> str:
    found = store.interactions.find(DEFAULT_WORKSPACE, interaction)
    return found.answer if found else ""
