"""Which other models were compared with an agent's own, and what did that prove?"""

from collections.abc import Sequence

from msgspec import Struct

from upspiral.admin.agent_changes import describe_model
from upspiral.admin.migrations.levers import judge_report
from upspiral.domain import EvalReport, ModelVersion
from upspiral.domain.ids import AgentVersionId, WorkspaceId
from upspiral.evaluate import MigrationVerdict
from upspiral.runtime import Runtime


class ComparedMigration(Struct, frozen=True, kw_only=True):
    """One comparison of the model of an agent with another."""

    report: EvalReport
    from_model: str
    to_model: str
    version: str
    """The version with the other model, such as `support@3`."""
    verdict: MigrationVerdict


def select_migrations(
    runtime: Runtime, workspace: WorkspaceId, reports: Sequence[EvalReport]
) -> list[ComparedMigration]:
    """Give the comparisons of an agent's model with another one that was not trained here."""
    wanted = {one for report in reports for one in (report.candidate, report.incumbent)}
    versions = {one.id: one for one in runtime.store.agent_versions.many(workspace, sorted(wanted))}
    ids = sorted({one.model for one in versions.values()})
    models = {one.id: one for one in runtime.store.model_versions.many(workspace, ids)}

    def find_model(version: AgentVersionId) -> ModelVersion | None:
        found = versions.get(version)
        return models.get(found.model) if found else None

    selected = []
    for report in reports:
        old, new = find_model(report.incumbent), find_model(report.candidate)
        if old and new and old.id != new.id and new.job is None:
            selected.append(
                ComparedMigration(
                    report=report,
                    from_model=describe_model(old),
                    to_model=describe_model(new),
                    version=versions[report.candidate].name,
                    verdict=judge_report(runtime, report),
                )
            )
    return selected
