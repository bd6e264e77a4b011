"""Who is chosen where the caller leaves it open, why, and what another policy would have been worth."""

from typing import Annotated

from anyio import to_thread
from fastapi import Path, Query, Request
from pydantic import AfterValidator

from upspiral.domain import LoggedChoice, Scope
from upspiral.plugin_kinds import ROUTING_POLICY
from upspiral.queries import routing as query
from upspiral.route.profiles import from_json, to_json
from upspiral.route.whatif import WhatIf
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.deps import CallerApp
from upspiral.server.paging import After, Limit, Page, answer_page
from upspiral.server.policy import allows
from upspiral.server.schemas.answers.routing import (
    AgentChance,
    CascadeSize,
    ChoiceFloor,
    DomainExplanation,
    DomainTable,
    EnsembleSize,
    ExplainedChoice,
    ShownProfile,
)

router = TypedRouter(prefix="/api/v1", tags=["routing"])
Domain = Annotated[str, Query(max_length=100)]
PROFILES = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": "object", "additionalProperties": {"type": "object"}},
            "example": {"gpt": {"total_queries": 100, "successful_queries": 85, "latency_history": [1250.0]}},
        }
    },
}
PolicyName = Annotated[str, AfterValidator(ROUTING_POLICY.check_name)]


@router.get("/choices")
@allows(Scope.READ)
def list_choices(app: CallerApp, limit: Limit = 100, after: After = None) -> Answer[Page[LoggedChoice]]:
    """List the choices that a policy made, newest first, each with its probability and reason."""
    return answer_page(
        lambda place, n: query.list_choices(app.runtime, app.workspace, after=place, limit=n), after, limit
    )


@router.get("/choices/table")
@allows(Scope.READ)
def show_table(app: CallerApp, domain: Domain = "all", speed: bool | None = None) -> Answer[DomainTable]:
    """Show the chances of every agent in a domain now, and why each has its chance."""
    router, speed = query.open_router(app.runtime, app.workspace, speed=speed)
    made = router.table(domain, speed=speed)
    rows = [AgentChance(*row) for row in zip(made.agents, made.probabilities, made.reasons, strict=True)]
    return json_response(
        DomainTable(domain=domain, policy=router.policy.name, settled=router.now, agents=rows)
    )


@router.get("/choices/explain")
@allows(Scope.READ)
def explain_domain(
    app: CallerApp, domain: Domain = "all", speed: bool | None = None
) -> Answer[DomainExplanation]:
    """Say of every agent why it has its chance in a domain, and how many would be asked together.

    `floor` says what part of the requests is given away only to notice changes, and what success it costs.
    """
    router, speed = query.open_router(app.runtime, app.workspace, speed=speed)
    made, rung = router.table(domain, speed=speed), router.cascade.rung(domain)
    width, depth = router.reach(domain, speed=speed)
    return json_response(
        DomainExplanation(
            domain=domain,
            policy=router.policy.name,
            speed=speed,
            agents=router.explain(domain, speed=speed),
            floor=ChoiceFloor(sum(made.floors), made.floor_loss),
            ensemble=EnsembleSize(width, router.ensemble.width(domain)),
            cascade=CascadeSize(depth, rung.depth, rung.threshold),
        )
    )


@router.get("/choices/what-if")
@allows(Scope.READ)
def ask_what_if(app: CallerApp, policy: PolicyName) -> Answer[WhatIf]:
    """Estimate what another policy would have been worth on the logged traffic, or say why not."""
    return json_response(query.estimate_policy(app.runtime, app.workspace, policy))


@router.get("/choices/{interaction}")
@allows(Scope.READ)
def explain_choice(
    app: CallerApp, interaction: Annotated[str, Path(max_length=200)]
) -> Answer[ExplainedChoice]:
    """Say why an Interaction was answered by whom it was, and what chance that agent would have now."""
    choice = query.get_choice(app.runtime, app.workspace, interaction)
    router, speed = query.open_router(app.runtime, app.workspace, speed=None)
    found = router.explain(choice.domain, speed=speed)
    now = next((one for one in found if one.agent == choice.agent), None)
    words = (
        f"{choice.agent} answered {choice.id} in {choice.domain}: {choice.policy} chose it with a chance of "
        f"{choice.probability:.1%} ({choice.reason}). "
        + (f"Now {now.words}" if now else "It can no longer be chosen.")
    )
    return json_response(ExplainedChoice(choice=choice, now=now, words=words))


@router.get("/profiles")
@allows(Scope.READ)
def show_profiles(app: CallerApp) -> Answer[dict[str, ShownProfile]]:
    """Show how each model did so far, in the JSON of the metrics file."""
    made = to_json(app.runtime.routers.get(app.workspace).book.profiles)
    return Answer(made, media_type="application/json")


@router.put("/profiles", openapi_extra={"requestBody": PROFILES})
@allows(Scope.OPERATE)
async def import_profiles(request: Request, app: CallerApp) -> Answer[dict[str, ShownProfile]]:
    """Take over the profiles of a metrics file, as far as they count more than is known here.

    They are kept in the metrics file, and in `profiles.json` of the data folder where none is set.
    """
    given = from_json(await request.body())

    def take() -> str:
        router = app.runtime.routers.get(app.workspace)
        router.merge_profiles(given)
        return to_json(router.book.profiles)

    return Answer(await to_thread.run_sync(take), media_type="application/json")
