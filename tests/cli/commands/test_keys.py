"""Commands that make, show and revoke keys, and seal those of providers."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from upspiral.cli.main import app


@pytest.mark.long
def test_a_providers_key_is_read_from_standard_input_and_never_shown(tmp_path: Path) -> None:
    there, told = ["--data", str(tmp_path / "data")], ""
    for words, typed, code in (
        (["list-provider"], "", 3),
        (["set-provider", "OPENAI_API_KEY"], "sk-a-canary\n", 0),
        (["list-provider"], "", 0),
        (["list-provider", "--json"], "", 0),
        (["remove-provider", "OPENAI_APIKEY"], "", 3),
        (["remove-provider", "OPENAI_API_KEY"], "", 0),
        (["list-provider"], "", 0),
    ):
        ran = CliRunner().invoke(app, ["keys", *words, *there], input=typed)
        assert ran.exit_code == code, ran.output
        told += ran.output
    assert "sk-a-canary" not in told
    assert "Did you mean 'OPENAI_API_KEY'?" in told
    assert told.endswith("No key is sealed. Seal one with `upspiral keys set-provider VARIABLE`.\n")
