"""Settings of notifications are checked when they are read, and their secrets are not shown."""

from pathlib import Path

import pytest

from upspiral.config import load
from upspiral.errors import ConfigError


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("EVENTS", '["night.ended", "everything"]', "everything"),
        ("SECRET", "not base64!", "whsec_"),
        ("SMTP_TLS", "maybe", "smtp_tls"),
        ("TIMEOUT_S", "0", "timeout_s"),
        ("KEEP_DAYS", "1", "keep_days"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"UPSPIRAL_WEBHOOKS_{name}", value)
    with pytest.raises(ConfigError) as refused:
        load(data=tmp_path)
    assert said in str(refused.value)
    assert name != "SECRET" or value not in str(refused.value)


def test_our_own_name_goes_before_that_of_other_trainers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFICATION_WEBHOOK", "https://one.example/x")
    assert _url(tmp_path) == "https://one.example/x"
    monkeypatch.setenv("UPSPIRAL_WEBHOOKS_URL", "https://two.example/x")
    assert _url(tmp_path) == "https://two.example/x"


def test_a_folder_that_was_merely_found_says_nowhere_where_notifications_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "upspiral-data"
    folder.mkdir(mode=0o700)
    (folder / "upspiral.toml").write_text('[webhooks]\nurl = "https://evil.example/x"\n')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="webhooks"):
        load()
    assert _url(folder) == "https://evil.example/x"


def _url(folder: Path) -> str:
    url = load(data=folder).webhooks.url
    assert url
    return url.get_secret_value()
