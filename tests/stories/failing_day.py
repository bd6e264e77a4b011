"""A day of an agent on which some questions always fail."""

from pathlib import Path

from msgspec import structs
from tests.conftest import Maker
from tests.server.scripted import ScriptedProvider

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.capture import CaptureSettings, give_feedback, record
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.testing import FakeProvider

SUPPORT = AgentId("support")
MODEL = Path(__file__).parents[2] / "examples/support_desk/model"
LOCAL = ModelSpec(f"local:{MODEL}")
FAILING = ("parcel lost", "refund late", "voucher broken")


def live_a_day(
    app: App,
    make: Maker,
    teacher: FakeProvider | ScriptedProvider | None,
    *,
    failing: bool = True,
    praised: bool = True,
    model: ModelSpec = LOCAL,
    size: int = 180,
) -> None:
    """Make an agent, and a day on which some questions always fail."""
    runtime = app.runtime
    agent = create_agent(
        runtime,
        DEFAULT_WORKSPACE,
        SUPPORT,
        model=model,
        teacher=ModelSpec("openai-compatible:gpt", teacher.url) if teacher else None,
    )
    make.now = runtime.now()
    turns, signals = [], []
    for n in range(size):
        subject = FAILING[n % 3] if n % 2 else ("opening hours", "store address")[n % 4 // 2]
        turn = make.interaction(f"{subject} {'abcdefghij'[n % 10] * 3} {n}", "No idea.", version=agent.live)
        turns.append(turn)
        if n % 2 or praised:
            signals.append(make.feedback(turn, 0.0 if failing and n % 2 else 1.0))
    make.now = runtime.now()
    moved = [structs.replace(turn, at=runtime.now()) for turn in turns]
    record(runtime.store, *moved)
    give_feedback(runtime.store, signals, settings=CaptureSettings(), now=runtime.now())
