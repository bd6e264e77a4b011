"""Every setting is known by its name, every misspelt one is an error, and each tells where it was written."""

from pathlib import Path

import pytest

from upspiral.config import Settings, load
from upspiral.config_sources import ALIASES, environment_name, leaves, notices, origins
from upspiral.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    [
        ("[capture]\nkeepdays = 5\n", "capture.keepdays", "Did you mean 'keep_days'?"),
        ("[captur]\nkeep_days = 5\n", "captur", "Did you mean 'capture'?"),
        ("[analyze.learning]\nmin_sise = 5\n", "analyze.learning.min_sise", "Did you mean 'min_size'?"),
        ("dta = 1\n", "dta", "Did you mean 'data'?"),
        ("[capture\n", "line 1", "Mend the line"),
        ('[capture]\nkeep_days = "x\n', "line 2", "Mend the line"),
    ],
)
def test_a_file_with_anything_unknown_or_broken_is_an_error_that_names_it(
    tmp_path: Path, text: str, told: str, hint: str
) -> None:
    file = tmp_path / "upspiral.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as found:
        load(data=tmp_path)
    assert str(file) in found.value.message
    assert told in found.value.message
    assert hint in found.value.hint


@pytest.mark.long
def test_each_setting_with_one_letter_too_many_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for leaf in leaves(Settings):
        name = environment_name(leaf.keys) + "X"
        with monkeypatch.context() as patched:
            patched.setenv(name, "1")
            with pytest.raises(ConfigError, match=f"{name} is no setting"):
                load(data=tmp_path)


def test_each_setting_tells_where_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "upspiral.toml").write_text("[train]\nepochs = 7\n")
    variables = {"LORA_RANK": "8", "UPSPIRAL_CAPTURE_KEEP_DAYS": "5"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = origins(load(data=tmp_path), variables, folder=tmp_path, given=["data"])
    where = {one.leaf.name: (one.value, one.where) for one in found}
    assert where["train.epochs"] == (7, "upspiral.toml")
    assert where["train.rank"] == (8, "LORA_RANK")
    assert where["capture.keep_days"] == (5, "UPSPIRAL_CAPTURE_KEEP_DAYS")
    assert where["data"] == (tmp_path, "option")
    assert where["evaluate.alpha"][1] == "default"


def test_a_variable_of_another_trainer_is_told_where_it_acts_and_where_it_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {"BATCH_SIZE": "64", "LORA_RANK": "8", "AI_MODEL": "gpt", "NOTIFICATION_WEBHOOK": "http://x"}
    monkeypatch.setenv("BATCH_SIZE", "64")
    monkeypatch.setenv("LORA_RANK", "8")
    (tmp_path / "upspiral.toml").write_text("[train]\nrank = 4\n")
    said = notices(load(data=tmp_path), variables, folder=tmp_path)
    assert "BATCH_SIZE=64 of the environment sets train.batch_size." in said
    assert not any("LORA_RANK" in one for one in said)  # the file goes before it
    assert {one.split()[0] for one in said if "no effect" in one} == {"AI_MODEL"}


def test_the_constants_of_other_trainers_have_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (load(data=tmp_path).curate.min_failures, load(data=tmp_path).cycle.disk_free_gb) == (5, 2)
    monkeypatch.setenv("MIN_FAILURES_TO_TRAIN", "7")
    monkeypatch.setenv("ROLLBACK_THRESHOLD_LATENCY", "1000")
    monkeypatch.setenv("ROLLBACK_THRESHOLD_SUCCESS", "0.85")
    monkeypatch.setenv("PERFORMANCE_METRICS_FILE", "default")
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = load(data=tmp_path)
    assert settings.curate.min_failures == 7
    assert (settings.deploy.max_p95_ms, settings.deploy.min_success) == (1000, 0.85)
    assert settings.route.metrics_file == tmp_path / ".upspiral/performance_metrics.json"


def test_every_foreign_name_leads_to_a_setting() -> None:
    known = {leaf.keys for leaf in leaves(Settings)}
    assert set(ALIASES.values()) <= known
