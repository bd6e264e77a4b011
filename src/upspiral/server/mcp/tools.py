"""Which routes are tools? One line each; a tool does what its route does, for whom its route lets in."""

from msgspec import Struct


class ToolSpec(Struct, frozen=True):
    """One route that is offered as a tool."""

    name: str
    """What the tool is called."""
    operation: str
    """The operation of the API document that it calls."""
    hint: str = ""
    """What a model should know beside what the route says of itself."""
    body: str = ""
    """The schema of its body, where the route takes several."""
    hidden: tuple[str, ...] = ()
    """Parameters that are not offered."""
    is_destructive: bool = False
    """Does it change what users are answered with, or end something?"""


LIMITED = "Ask for few rows first."

TOOLS: tuple[ToolSpec, ...] = (
    # how is it going
    ToolSpec("list_agents", "list_agents"),
    ToolSpec("get_agent", "get_agent"),
    ToolSpec("get_response_quality", "get_response_quality"),
    ToolSpec("rank_agents", "rank_agents"),
    ToolSpec("rank_tools", "rank_tools"),
    ToolSpec("list_failure_reasons", "list_failure_reasons"),
    ToolSpec("get_failure_trend", "get_failure_trend"),
    ToolSpec("get_coverage", "show_coverage"),
    ToolSpec("sum_costs", "sum_costs"),
    ToolSpec("get_learning_stats", "get_stats"),
    # what happened
    ToolSpec("list_problematic_responses", "list_failures", LIMITED),
    ToolSpec("list_interactions", "list_interactions", LIMITED),
    ToolSpec("search_interactions", "search_interactions", LIMITED),
    ToolSpec("get_interaction", "get_interaction"),
    ToolSpec("explain_outcome", "explain_outcome"),
    # what is weak, and what would help
    ToolSpec("list_weaknesses", "list_weaknesses"),
    ToolSpec("list_patterns", "list_patterns"),
    ToolSpec("list_learned_patterns", "list_learned"),
    ToolSpec("list_suggestions", "list_suggestions"),
    # feedback and trust
    ToolSpec("list_feedback", "list_feedback", LIMITED),
    ToolSpec("give_feedback", "create_feedback", "This tool takes one signal.", body="FeedbackBody"),
    ToolSpec("get_trust", "get_trust"),
    ToolSpec("list_trust", "list_trust"),
    # nights, trainings, deployments
    ToolSpec("list_nights", "list_cycles", LIMITED),
    ToolSpec("get_night", "get_cycle"),
    ToolSpec("list_jobs", "list_jobs", LIMITED),
    ToolSpec("get_job", "get_job"),
    ToolSpec("list_evaluations", "list_evaluations", LIMITED),
    ToolSpec("list_approvals", "list_approvals"),
    ToolSpec("list_deployments", "list_deployments", LIMITED),
    ToolSpec(
        "start_night",
        "start_cycle",
        "`story` is `improve` for a whole night, `train` for a training alone, `deploy` for a roll-out.",
        hidden=("adapter",),
    ),
    ToolSpec("cancel_night", "cancel_cycle", is_destructive=True),
    ToolSpec("roll_back", "roll_back", is_destructive=True),
    ToolSpec("list_webhooks", "list_webhooks"),
)
