"""How many agents a request is for, by the name that it gives and the settings."""

import pytest

from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.errors import InvalidInput
from upspiral.providers.dialects import CHAT, EMBEDDINGS, Dialect
from upspiral.route import RouteSettings
from upspiral.serving.request import GatewayRequest
from upspiral.serving.select import choose_mode, is_hurried


def ask(model: str, dialect: Dialect = CHAT, **metadata: str) -> GatewayRequest:
    return GatewayRequest(
        workspace=DEFAULT_WORKSPACE, dialect=dialect, model=model, messages=(), body={}, metadata=metadata
    )


@pytest.mark.parametrize(
    ("model", "mode"),
    [("support", None), ("auto", "cascade"), ("auto:single", "single"), ("auto:ensemble", "ensemble")],
)
def test_the_name_says_how_many_are_asked_and_the_setting_where_it_does_not(
    model: str, mode: str | None
) -> None:
    assert choose_mode(ask(model), {}, RouteSettings(mode="cascade")) == mode


def test_embeddings_of_several_agents_are_refused_where_they_are_asked_for_by_name() -> None:
    settings = RouteSettings(mode="ensemble")
    assert choose_mode(ask("auto", EMBEDDINGS), {}, settings) == "single", "the setting means answers"
    with pytest.raises(InvalidInput, match="cannot be combined"):
        choose_mode(ask("auto:ensemble", EMBEDDINGS), {}, settings)


@pytest.mark.parametrize(("said", "hurried"), [(None, True), ("no", False), (" YES ", True)])
def test_metadata_overrules_the_setting_for_speed(said: str | None, hurried: bool) -> None:
    asked = ask("auto") if said is None else ask("auto", speed=said)
    assert is_hurried(asked, usual=True) is hurried
