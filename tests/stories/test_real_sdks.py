"""What the real SDKs send to a running server arrives as the table in docs/reference/sdks.md says.

They are installed from locks of their own on the first run; where that cannot be done, the tests are skipped
with the reason. Nothing leaves the machine: the model's host is played.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from scripts.sdks.environments import CannotInstall
from scripts.sdks.record import NAMES, make_environment, run_program, run_recorder
from tests.capture.test_sdks import SDKS, check_arrived
from tests.stories.killable import KillableServer

from upspiral.domain import Interaction
from upspiral.domain.ids import DEFAULT_WORKSPACE, WorkspaceId
from upspiral.store import Store

WORKSPACE = WorkspaceId(DEFAULT_WORKSPACE)
HOSTED = {"model": "openai-compatible:gpt-x", "url": "http://127.0.0.1:9/v1"}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KillableServer]:
    """One server for all of them; each looks at what is new."""
    made = KillableServer(tmp_path_factory.mktemp("sdks") / "data")
    made.start()
    yield made
    made.kill()


def send(name: str, server: KillableServer, ending: str = "x") -> str:
    """Run an SDK's program with its traces going to the server, and give what it prints.

    Skips the test where the SDK cannot be installed.
    """
    key = (server.data / "key").read_text().strip()
    with run_recorder() as host:
        environment = make_environment(name, host=host.url, traces=server.url, key=key)
        try:
            done = run_program(name, environment, ending=ending)
        except CannotInstall as error:
            pytest.skip(f"{name} cannot be installed here: {error}")
        assert done.returncode == 0, done.stderr[-2000:]
        assert host.kept == [], "something was sent to the model's host that is meant for the server"
        return done.stdout


def read_new(server: KillableServer, known: set[str]) -> list[Interaction]:
    """Give the interactions that were not there before, the oldest first."""
    with Store(str(server.data / "upspiral.db")) as store:
        found = store.interactions.latest(WORKSPACE, limit=10_000)
    return sorted((one for one in found if one.id not in known), key=lambda one: one.at)


@pytest.mark.parametrize("name", NAMES)
def test_a_talk_in_each_sdk_arrives_at_a_running_server(name: str, server: KillableServer) -> None:
    known = {str(one.id) for one in read_new(server, set())}
    send(name, server)
    check_arrived(read_new(server, known), SDKS[name])


def test_langfuse_checks_its_key_and_its_scores_become_feedback(server: KillableServer) -> None:
    known = {str(one.id) for one in read_new(server, set())}
    send("langfuse", server)
    first, last = read_new(server, known)
    with Store(str(server.data / "upspiral.db")) as store:
        said = store.feedback.about(WORKSPACE, [first.id, last.id])
    assert {(one.rater, one.score) for one in said} == {("polite", 1.0), ("helpful", 0.5), ("resolved", 1.0)}
    assert [one.comment for one in said if one.rater == "resolved"] == ["Checked."]
    assert {one.interaction for one in said} == {last.id}


def test_langfuse_finds_the_prompt_of_an_agent_and_its_trace_counts_for_the_version(
    server: KillableServer,
) -> None:
    _ask(server, "/api/v1/agents", name="helper", instructions="Be brief.", model=HOSTED)
    _ask(server, "/api/v1/agents/helper/versions", instructions="Be kind.")
    known = {str(one.id) for one in read_new(server, set())}
    said = json.loads(send("langfuse_prompt", server).splitlines()[-1])
    message = {"role": "system", "content": "Be brief."}
    [shown] = said["chat"][0]
    assert {name: shown[name] for name in message} == message
    assert said["chat"][1:] == [1, ["production"]]
    assert (said["text"], said["side"]) == ("Be kind.", None)
    (made,) = read_new(server, known)
    live = _ask(server, "/api/v1/agents/helper")["agent"]["live"]
    assert (made.agent, made.version) == ("helper", live)


def _ask(server: KillableServer, path: str, **body: object) -> Any:
    mine = {"authorization": f"Bearer {(server.data / 'key').read_text().strip()}"}
    method = "POST" if body else "GET"
    answer = httpx2.request(method, server.url + path, json=body or None, headers=mine, trust_env=False)
    assert answer.status_code < 300, answer.text
    return answer.json()


def test_a_recommendation_that_an_agent_framework_names_is_one(server: KillableServer) -> None:
    known = {str(one.id) for one in read_new(server, set())}
    send("recommendation", server)
    (made,) = read_new(server, known)
    assert (made.agent, made.metadata["recommendation"]) == ("planner", "budget")
    assert float(made.metadata["confidence"]) == 0.8
    with Store(str(server.data / "upspiral.db")) as store:
        (kept,) = store.interactions.get_recommendations(WORKSPACE, [made.id])
    assert kept
