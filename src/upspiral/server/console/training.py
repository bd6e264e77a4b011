"""What is being trained, how far is it, and how does the loss go? The training jobs of the nights."""

from collections.abc import Sequence

from upspiral.cursor import Cursor
from upspiral.domain import CycleKind, JobState, Scope, TrainingJob
from upspiral.queries import nights as query
from upspiral.queries.workspace import list_agents
from upspiral.server.answers import Answer
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Form, Visiting, redirect
from upspiral.server.deps import path_of
from upspiral.server.html.charts import draw_line
from upspiral.server.html.render import moment
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn, shorten
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()
PATH = "/training"
JOB_TONES = {
    JobState.QUEUED: "calm",
    JobState.RUNNING: "warn",
    JobState.SUCCEEDED: "good",
    JobState.FAILED: "bad",
    JobState.CANCELLED: "calm",
}
MAX_CHART_POINTS = 200
"""Losses that the chart shows; of more of them every so many-th."""


@router.get(PATH)
@allows(Scope.READ, Scope.MODEL_TRAINING)
def list_jobs(visit: Visiting) -> Answer[str]:
    """List training jobs, newest first."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    agent = visit.require_agent(visit.read_parameter("agent"))
    jobs, following = read_page(
        lambda place, n: query.list_jobs(runtime, workspace, agent=agent, after=place, limit=n),
        visit.read_parameter("after"),
        PAGE_ROWS,
        place=lambda one: Cursor(one.created, one.id),
    )
    agents = [one.id for one in list_agents(runtime, workspace)]
    tables = [to_table(jobs, following)]
    return visit.answer("training.html", title="Training", tables=tables, agents=agents, agent=agent)


@router.post(PATH)
@allows(Scope.OPERATE, Scope.MODEL_TRAINING)
def start_training(visit: Visiting, form: Form) -> Answer[str]:
    """Train an agent's adapter now on its newest dataset; it goes on in the background."""
    agent = visit.app.agent(form.get("agent", "")).id
    found = query.find_dataset(visit.app.runtime, visit.app.workspace, agent)
    cycle = visit.app.begin(CycleKind.TRAIN, agent, dataset=found.id)
    return redirect(path_of("/nights", cycle.id), notice="started")


@router.get(f"{PATH}/{{job}}")
@allows(Scope.READ, Scope.MODEL_TRAINING)
def show_job(job: str, visit: Visiting) -> Answer[str]:
    """Show one training job: how far it is, its loss, and what its program printed."""
    found = query.show_job(visit.app.runtime, visit.app.workspace, job)
    every = max(1, -(-len(found.losses) // MAX_CHART_POINTS))
    return visit.answer(
        "job.html",
        title=f"Training of {found.job.agent}",
        tables=[list_losses(found.losses)],
        job=found.job,
        log=found.log,
        state=state_cell(found.job),
        is_running=found.job.state in (JobState.QUEUED, JobState.RUNNING),
        chart=draw_line("Loss by step", [(str(step), loss) for step, loss in found.losses[::every]]),
    )


def state_cell(job: TrainingJob) -> Cell:
    """Show where a job stands."""
    return Cell(job.state, tone=JOB_TONES[job.state])


def to_table(jobs: Sequence[TrainingJob], following: str | None) -> DataTable:
    """Give training jobs as the rows of a table."""
    return DataTable(
        name="jobs",
        caption="Training jobs",
        columns=(
            TableColumn("Began (UTC)"),
            TableColumn("Agent"),
            TableColumn("State"),
            TableColumn("Steps", is_number=True),
            TableColumn("Loss", is_number=True),
            TableColumn("Ended (UTC)"),
            TableColumn("Recipe"),
            TableColumn("What went wrong", is_long=True),
        ),
        rows=[
            [
                Cell(moment(one.created), href=path_of(PATH, one.id)),
                Cell(one.agent),
                state_cell(one),
                Cell(f"{one.step:,} of {one.total_steps:,}" if one.total_steps else ""),
                Cell("" if one.loss is None else f"{one.loss:.3f}"),
                Cell(moment(one.finished) if one.finished else ""),
                Cell(one.recipe),
                shorten(one.error or "", 200),
            ]
            for one in jobs
        ],
        empty=Empty(
            "Nothing was trained yet.",
            "A night trains an adapter where that is the remedy that may help; an agent with a local model "
            "is needed for that.",
            "Nights",
            "/nights",
        ),
        next=following,
    )


def list_losses(losses: Sequence[tuple[int, float]]) -> DataTable:
    """Give the numbers of the chart."""
    return DataTable(
        name="losses",
        caption="Loss by step",
        columns=(TableColumn("Step", is_number=True), TableColumn("Loss", is_number=True)),
        rows=[[Cell(str(step)), Cell(f"{loss:.4f}")] for step, loss in losses],
        empty=Empty(
            "No loss is known.",
            "The losses lie on the machine that trains; they show here from the first logged step on.",
        ),
    )
