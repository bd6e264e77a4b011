"""What a proof will take is estimated from what the agent's answers took, and nothing is made up."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import Maker

from upspiral import ingest
from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.planning.proof import JUDGE_PROMPT_TOKENS, ProofOutlook, foresee_proof
from upspiral.domain import Usage
from upspiral.domain.ids import AgentId

SUPPORT = AgentId("support")
JUDGED = {"evaluate": {"scorer": "judge"}}


@contextmanager
def _opened(data: Path, **settings: object) -> Iterator[App]:
    with App(load(data=data, **settings), nights=False) as app:
        model = ModelSpec("openai-compatible:m", url="http://127.0.0.1:9/v1")
        create_agent(app.runtime, app.workspace, SUPPORT, model=model)
        yield app


def _record(app: App, make: Maker, count: int, usage: Usage) -> None:
    turns = [make.interaction(f"Question {n}?", usage=usage) for n in range(count)]
    ingest.record_history(app.runtime, turns, [], workspace=app.workspace, remarks=[])


def _foresee(app: App) -> ProofOutlook:
    return foresee_proof(app.runtime, app.agent(SUPPORT))


def test_of_an_agent_without_answers_no_price_is_claimed(data: Path) -> None:
    with _opened(data, **JUDGED) as app:
        found = _foresee(app)
        assert found.plan.usd is None
        assert found.plan.tokens >= 2 * found.plan.pairs * JUDGE_PROMPT_TOKENS
        assert found.words


def test_longer_answers_make_the_proof_dearer(data: Path, make: Maker) -> None:
    with _opened(data, **JUDGED) as app:
        make.now = app.runtime.now()
        before = _foresee(app).plan
        make.tick(-3600)
        _record(app, make, 20, Usage(5_000, 1_000, 0.01))
        after = _foresee(app).plan
        assert after.pairs == before.pairs
        assert after.tokens - before.tokens > before.pairs * 6_000


def test_a_judge_that_is_not_set_up_leaves_the_labels_unknown_rather_than_failing(data: Path) -> None:
    with _opened(data, **JUDGED) as app:
        assert _foresee(app).plan.labels_there == 0


def test_without_a_judge_nothing_is_read_of_labels(data: Path) -> None:
    with _opened(data) as app:
        assert _foresee(app).plan.labels_there == 0
