"""After a refused candidate, the clock makes the next one only from clearly more evidence."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import START

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.planning.evidence import wait_after_refusal
from upspiral.domain import Cycle, Ending, EvalReport, Slice
from upspiral.domain.ids import AgentId, AgentVersionId, CycleId, DatasetId, ReportId
from upspiral.store.repositories.evidence import EvidenceCount

AGENT = AgentId("support")


def _night(app: App, name: str, **more: object) -> Cycle:
    now = app.runtime.now()
    about = {"id": CycleId(name), "workspace": app.workspace, "agent": AGENT}
    return Cycle(**about, started=now, since=now, until=now, **more)  # type: ignore[arg-type]


def _refused(app: App, ending: Ending, *, incumbent: str | None = None) -> None:
    model = ModelSpec("openai-compatible:gpt", "http://127.0.0.1:1/v1", None)
    create_agent(app.runtime, app.workspace, AGENT, model=model)
    store = app.runtime.store
    report = EvalReport(
        id=ReportId("rep"),
        workspace=app.workspace,
        agent=AGENT,
        candidate=AgentVersionId("candidate"),
        incumbent=AgentVersionId(incumbent or store.agents.get(app.workspace, AGENT).live),
        dataset=DatasetId("ds"),
        scorer="exact",
        at=START,
        overall=Slice(
            name="all", n=0, wins=0, losses=0, candidate_rate=0, incumbent_rate=0, gain_low=0, gain_high=0
        ),
        slices=(),
        void=0,
        pairs=(),
    )
    store.eval_reports.insert_ignore(report)
    ended = {"ended": START + timedelta(hours=1), "ending": ending, "report": report.id, "rated": 200}
    store.cycles.add(_night(app, "last", **ended))


@pytest.mark.parametrize("ending", [Ending.REJECTED, Ending.INCONCLUSIVE, Ending.ROLLED_BACK])
def test_the_next_night_of_the_clock_waits_for_a_part_more(data: Path, ending: Ending) -> None:
    with App(load(data=data, cycle={"retry_growth": 0.25}), nights=False) as app:
        _refused(app, ending)
        tonight = _night(app, "tonight", scheduled=True)
        said = wait_after_refusal(app.runtime, tonight, EvidenceCount(rated=249))
        assert "from 250 on" in said
        assert str(ending).replace("_", " ") in said
        assert wait_after_refusal(app.runtime, tonight, EvidenceCount(rated=250)) == ""


def test_a_night_by_hand_does_not_wait(data: Path) -> None:
    with App(load(data=data), nights=False) as app:
        _refused(app, Ending.REJECTED)
        by_hand = _night(app, "tonight", scheduled=False)
        assert wait_after_refusal(app.runtime, by_hand, EvidenceCount(rated=201)) == ""


def test_what_was_refused_beside_another_version_holds_nothing_up(data: Path) -> None:
    with App(load(data=data), nights=False) as app:
        _refused(app, Ending.REJECTED, incumbent="an older one")
        tonight = _night(app, "tonight", scheduled=True)
        assert wait_after_refusal(app.runtime, tonight, EvidenceCount(rated=201)) == ""
