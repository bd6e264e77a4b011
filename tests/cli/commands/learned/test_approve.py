"""What waits for a person is listed, shown as a diff, approved and refused on the command line."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.cli.running import run
from tests.conftest import Maker

from upspiral.cycle.candidate import Revision, revise_version
from upspiral.deploy.advance import add_version
from upspiral.domain.ids import DEFAULT_WORKSPACE, CycleId
from upspiral.domain.learning.approval import Approval
from upspiral.store import Store

RULE = "Name the day on which a parcel arrives."


def _wait(data: Path, make: Maker, *, name: str, days: float = 14) -> str:
    """Keep a text that waits for approval; give the name of its version."""
    with Store(str(data / "upspiral.db")) as store:
        agent = store.agents.get(DEFAULT_WORKSPACE, "support")
        live = store.agent_versions.get(DEFAULT_WORKSPACE, agent.live)
        made = add_version(store, revise_version(live, Revision(rules=(RULE, name)), now=make.now))
        store.approvals.add(
            Approval(
                id=name,
                workspace=DEFAULT_WORKSPACE,
                agent=agent.id,
                cycle=CycleId("cyc_1"),
                lever="rules",
                candidate=made.id,
                live=live.id,
                text_sha256=name,
                weaknesses=("parcel late",),
                at=make.now,
                expires=make.now + timedelta(days=days * 365),
            )
        )
    return made.name


@pytest.mark.long
def test_a_learned_text_is_listed_approved_and_refused(data: Path, make: Maker) -> None:
    model = ("--model", "openai-compatible:gpt", "--url", "http://127.0.0.1:9/v1")
    assert run("agents", "create", "support", *model, data=data).returncode == 0
    assert "Nothing waits for approval" in run("approve", data=data).stdout
    version = _wait(data, make, name="apr_1")
    _wait(data, make, name="apr_2")
    _wait(data, make, name="apr_3", days=-1)

    assert "2 learned texts wait for approval: `upspiral approve`" in run("status", data=data).stdout

    listed = run("approve", data=data)
    for words in (
        f"+Rule: {RULE}",
        "parcel late",
        "the lever rules",
        f"support@1 to {version}",
        "approve ID",
    ):
        assert words in listed.stdout, listed.stderr
    assert "apr_3" not in listed.stdout
    assert "expired" in run("approve", "--all", data=data).stdout
    assert f"+Rule: {RULE}" in run("approve", "apr_1", "--show", data=data).stdout

    early = run("deploy", "support", version, data=data)
    assert (early.returncode, "nobody has approved: apr_1" in early.stderr) == (4, True)
    said = run("approve", "apr_1", "--by", "anna", data=data)
    assert "Approved by anna; it competes in the next night of support." in said.stdout, said.stderr
    assert run("approve", "apr_1", data=data).returncode == 4
    assert "Refused by anna" in run("approve", "apr_2", "--refuse", "--by", "anna", data=data).stdout
    assert run("approve", "apr_3", data=data).returncode == 4
    assert run("approve", "apr_9", data=data).returncode == 3

    assert "for approval" not in run("status", data=data).stdout

    found = json.loads(run("approve", "--all", "--json", data=data).stdout)
    states = {one["approval"]["id"]: one["approval"]["state"] for one in found}
    assert states == {"apr_1": "approved", "apr_2": "refused", "apr_3": "waiting"}
    assert all(one["approval"]["decided_key"] for one in found if one["approval"]["id"] != "apr_3")
