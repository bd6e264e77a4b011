"""Who can be asked, and what may its nights do?"""

from collections.abc import Sequence

from msgspec import structs

from upspiral.admin.agent_changes import AgentCard, AgentChange, change_agent, describe_agents
from upspiral.admin.agents import ModelSpec, find_defined
from upspiral.domain import Agent, Scope
from upspiral.errors import InvalidInput
from upspiral.plugin_kinds import LEVER
from upspiral.queries import workspace as query
from upspiral.server.answers import Answer
from upspiral.server.console.settings.frame import PATH, answer_part
from upspiral.server.console.visit import ConsoleRouter, Form, Visit, Visiting, read_plugin, redirect
from upspiral.server.deps import path_of
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn
from upspiral.server.policy import allows

router = ConsoleRouter()
AGENTS = f"{PATH}/agents"
MAX_TOKENS, MAX_USD = 10**15, 1e9
"""Of a budget."""


def show(visit: Visit) -> Answer[str]:
    """Show the agents of the workspace."""
    runtime = visit.app.runtime
    cards = describe_agents(runtime, query.list_agents(runtime, visit.app.workspace))
    return answer_part(visit, "agents", tables=[to_agents(cards)])


@router.get(f"{AGENTS}/{{agent}}")
@allows(Scope.READ)
def show_agent(agent: str, visit: Visiting) -> Answer[str]:
    """Show what can be changed about one agent."""
    found = visit.app.agent(agent)
    [card] = describe_agents(visit.app.runtime, [found])
    return visit.answer(
        "agent.html", title=f"Agent {found.id}", agent=found, card=card, levers=LEVER.list_names()
    )


@router.post(f"{AGENTS}/{{agent}}")
@allows(Scope.OPERATE)
def edit_agent(agent: str, visit: Visiting, form: Form) -> Answer[str]:
    """Change what an agent is said to do, who teaches it, and what its nights may do and spend."""
    found = visit.app.agent(agent)
    change_agent(visit.app.runtime, found, read_change(visit, found, form))
    return redirect(path_of(AGENTS, found.id), notice="agent-changed")


def read_change(visit: Visit, agent: Agent, form: Form) -> AgentChange:
    """Read what is to be different about an agent; an empty field means what the settings say.

    Raises:
        InvalidInput: A field holds something else than is asked for.
        Forbidden: The teacher is none that the administrator of the installation defined.
    """
    teacher = ModelSpec(
        form.get("teacher", "").strip(),
        form.get("teacher_url", "").strip() or None,
        form.get("teacher_key", "").strip() or None,
    )
    now = describe_agents(visit.app.runtime, [agent])[0].teacher or ""
    change = AgentChange(
        description=form.get("description", "").strip(),
        levers=tuple(read_plugin(LEVER, one) for one in form.get("levers", "").replace(",", " ").split()),
        shadow_share=_read_number(form, "shadow_share", limit=1),
        budget_tokens=None
        if (tokens := _read_number(form, "budget_tokens", limit=MAX_TOKENS)) is None
        else int(tokens),
        budget_usd=_read_number(form, "budget_usd", limit=MAX_USD),
    )
    if teacher.model == now and not teacher.url and not teacher.key_env:
        return change
    if not teacher.model:
        return structs.replace(change, teacher=None)
    is_free = visit.principal.is_installation_admin
    return structs.replace(change, teacher=teacher if is_free else find_defined(visit.app.runtime, teacher))


def _read_number(form: Form, name: str, *, limit: float) -> float | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= limit:
        shown = name.replace("_", " ")
        raise InvalidInput(f"{text!r} is no {shown}.", hint=f"Write a number from 0 to {limit:,g}.")
    return value


def to_agents(cards: Sequence[AgentCard]) -> DataTable:
    """Give agents with what answers for them."""
    return DataTable(
        name="agents",
        caption="Agents",
        columns=(
            TableColumn("Agent"),
            TableColumn("Live version"),
            TableColumn("Model", is_long=True),
            TableColumn("Teacher", is_long=True),
            TableColumn("What it does", is_long=True),
        ),
        rows=[
            [
                Cell(one.id, href=path_of(AGENTS, one.id)),
                Cell(one.version),
                Cell(one.model),
                Cell(one.teacher or ""),
                Cell(one.description),
            ]
            for one in cards
        ],
        empty=Empty("There is no agent yet.", "Make one with `upspiral agents create`."),
    )
