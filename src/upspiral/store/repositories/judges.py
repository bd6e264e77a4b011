"""What did judges and people say of pairs of answers, and what would a candidate have answered?"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from upspiral.domain.ids import (
    AgentId,
    AgentVersionId,
    InteractionId,
    JudgeVersionId,
    PairId,
    ReportId,
    WorkspaceId,
)
from upspiral.domain.judgment import JudgeRecord, JudgeVerdict, KnownJudge, LabeledPair, PairLabel
from upspiral.domain.night.shadow import ShadowAnswer
from upspiral.store.rows import Rows, split_batches
from upspiral.store.tables import judge_verdicts, judge_versions, pair_labels, shadow_answers


class KnownJudges(Rows[KnownJudge]):
    """Who judged."""

    noun, table = KnownJudge, judge_versions


class JudgeVerdicts(Rows[JudgeVerdict]):
    """What judges said."""

    noun, table = JudgeVerdict, judge_verdicts

    def of_pairs(
        self, workspace: WorkspaceId, judge: JudgeVersionId, pairs: Iterable[PairId]
    ) -> dict[PairId, JudgeVerdict]:
        """Give what one judge said of some pairs."""
        c, found = self.table.c, list[JudgeVerdict]()
        for part in split_batches(pairs):
            where = (c.workspace == workspace, c.judge == judge, c.pair.in_(part), c.tripwire == "")
            found += self.select(*where)
        return {one.pair: one for one in found}

    def list_tripwires(
        self, workspace: WorkspaceId, judge: JudgeVersionId, *, limit: int
    ) -> list[JudgeVerdict]:
        """Give what one judge said of the newest tripwires."""
        c = self.table.c
        return self.newest(
            c.workspace == workspace, c.judge == judge, c.tripwire != "", after=None, limit=limit
        )


class PairLabels(Rows[PairLabel]):
    """What people said."""

    noun, table = PairLabel, pair_labels

    def of(self, workspace: WorkspaceId, agent: AgentId, *, since: datetime) -> list[PairLabel]:
        """Give all labels of pairs of an agent since a moment, oldest first."""
        c = self.table.c
        where = (c.workspace == workspace, c.agent == agent, c.at >= since)
        return self.select(*where, order=[c.at, c.id])

    def of_report(self, workspace: WorkspaceId, report: ReportId) -> list[PairLabel]:
        """Give all labels of the pairs of one comparison."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.report == report, order=[c.at, c.id])


class ShadowAnswers(Rows[ShadowAnswer]):
    """Answers that nobody saw."""

    noun, table = ShadowAnswer, shadow_answers

    def of_pair(
        self, workspace: WorkspaceId, candidate: AgentVersionId, incumbent: AgentVersionId
    ) -> list[ShadowAnswer]:
        """Give those of a candidate where an incumbent answered the user, oldest first."""
        c = self.table.c
        where = (c.workspace == workspace, c.candidate == candidate, c.incumbent == incumbent)
        return self.select(*where, order=[c.at, c.id])

    def forget_about(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> None:
        """Forget those to copies of some requests."""
        self.remove_each(workspace, "interaction", ids)


def read_record(
    verdicts: JudgeVerdicts,
    labels: Iterable[PairLabel],
    *,
    workspace: WorkspaceId,
    judge: JudgeVersionId,
    tripwires: int,
) -> JudgeRecord:
    """Hold what people said against what one judge said of the same pairs.

    Args:
        verdicts: Where they are.
        labels: What people said.
        workspace: Whose.
        judge: Which version.
        tripwires: So many of the newest are looked at.
    """
    by_pair: dict[PairId, list[PairLabel]] = defaultdict(list)
    for label in labels:
        by_pair[label.pair].append(label)
    met = verdicts.of_pairs(workspace, judge, by_pair)
    seen = verdicts.list_tripwires(workspace, judge, limit=tripwires)
    return JudgeRecord(
        judge=judge,
        labeled=tuple(
            LabeledPair(
                pair=pair,
                report=same[-1].report,
                slice=same[-1].slice,
                label=sum(one.value for one in same) / len(same),
                verdict=met[pair].value or 0.0,
                at=max(one.at for one in same),
            )
            for pair, same in by_pair.items()
            if pair in met and met[pair].value is not None
        ),
        tripwires=len(seen),
        tripwires_failed=sum(not one.passed for one in seen),
    )
