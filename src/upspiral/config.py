"""What can be set, and where does it come from? One section per stage, composed here, defined there."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from upspiral.analyze.config import AnalyzeSettings
from upspiral.capture.config import CaptureSettings, FeedbackSettings
from upspiral.config_sources import FILE, aliases, check_environment, read_file
from upspiral.curate.config import CurateSettings
from upspiral.deploy.config import DeploySettings
from upspiral.errors import ConfigError
from upspiral.evaluate.config import EvaluateSettings
from upspiral.judges.config import JudgeSettings
from upspiral.night_config import CycleSettings, LeverSettings, ScheduleSettings
from upspiral.notify.config import WebhookSettings
from upspiral.own_files import require_own
from upspiral.providers.config import ProviderSettings
from upspiral.route.config import RouteSettings
from upspiral.setting_pairs import name_setting
from upspiral.tracing.config import TraceSettings
from upspiral.train.config import TrainSettings

DEFAULT_DATA = "upspiral-data"
SECRET_SETTINGS = (
    *("database_url", "redis_url", "secret"),
    *("webhooks.url", "webhooks.secret", "webhooks.smtp_password", "traces.headers"),
)
"""Errors do not show their values."""
SENDING_SECTIONS = ("providers", "webhooks", "traces")
"""Sections that say where something is sent."""


class ServerSettings(BaseModel, frozen=True):
    """Who may come in, and how often."""

    hosts: tuple[str, ...] = Field((), description="Further names under which the server is addressed.")
    per_minute: int | None = Field(None, ge=1, description="Requests a key may make in a minute.")
    max_connections: int = Field(1000, ge=1, description="Open connections; the longest idle make room.")
    max_header_kb: float = Field(64, gt=0, description="Larger request headers are refused, all together.")
    header_timeout_s: float = Field(15, gt=0, description="Seconds in which the headers must have come.")
    body_timeout_s: float = Field(300, gt=0, description="Seconds in which the body must have come.")
    session_hours: float = Field(12, gt=0, description="Hours after which a browser signs in again.")
    idle_timeout_s: float = Field(30, gt=0, description="Seconds after which an idle connection is closed.")
    metrics: Literal["local", "key", "off"] = Field(
        "local",
        description="Who may read /metrics: with a key; `local`: here without one; `off`: nobody.",
    )


class Settings(BaseSettings):
    """Everything that can be set: by argument, environment, or ``DATA/upspiral.toml``, in this order."""

    model_config = SettingsConfigDict(
        env_prefix="UPSPIRAL_", env_nested_delimiter="_", env_nested_max_split=1, frozen=True, extra="ignore"
    )

    data: Path = Field(Path(DEFAULT_DATA), description="Folder of the database, the artifacts and the logs.")
    database_url: str | None = Field(None, description="PostgreSQL or SQLite; by default a file in `data`.")
    redis_url: SecretStr | None = Field(
        None, description="Redis in which several servers share trust scores; nothing needs it."
    )
    secret: SecretStr | None = Field(
        None,
        description="Keys the pseudonyms and seals the keys of providers; by default a file in `data`. "
        "Servers of one store share it.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least severe lines of a server's log; INFO holds a line for each request."
    )
    log_max_mb: float = Field(50, gt=0, description="A larger log of the server is numbered and begun again.")
    log_files: int = Field(5, ge=1, description="So many numbered logs of the server are kept.")
    log_nights: int = Field(500, ge=1, description="So many nights keep a log of their own, the newest.")
    max_body_mb: float = Field(8, gt=0, description="Larger request bodies are refused.")
    capture: CaptureSettings = CaptureSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    analyze: AnalyzeSettings = AnalyzeSettings()
    curate: CurateSettings = CurateSettings()
    train: TrainSettings = TrainSettings()
    evaluate: EvaluateSettings = EvaluateSettings()
    judge: JudgeSettings = JudgeSettings()
    deploy: DeploySettings = DeploySettings()
    route: RouteSettings = RouteSettings()
    providers: ProviderSettings = ProviderSettings()
    cycle: CycleSettings = CycleSettings()
    levers: LeverSettings = LeverSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    server: ServerSettings = ServerSettings()
    webhooks: WebhookSettings = WebhookSettings()
    traces: TraceSettings = TraceSettings()

    @property
    def store_url(self) -> str:
        """Where the store is: the database named, or the file in the data folder."""
        return self.database_url or str(self.data / "upspiral.db")

    @classmethod
    def settings_customise_sources(  # noqa: PLR0917 - the library's signature
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Add the file in the data folder, and then the environment variables that others use."""
        named = init_settings().get("data") or env_settings().get("data")
        path = Path(named or DEFAULT_DATA) / FILE
        found = read_file(settings_cls, path)
        if found:
            require_own(path)
            _check_origin(path, found, named=bool(named))
        file = InitSettingsSource(settings_cls, found)
        return init_settings, env_settings, file, InitSettingsSource(settings_cls, aliases(os.environ))


def _check_origin(path: Path, given: Mapping[str, Any], *, named: bool) -> None:
    """See that no file that merely lies in the current folder says where keys and notifications are sent.

    Whoever works in a folder of somebody else, such as a repository just cloned, has not agreed to its
    settings by that.

    Raises:
        ConfigError: It does.
    """
    section = next((one for one in SENDING_SECTIONS if one in given), None)
    if section and not named:
        raise ConfigError(
            f"{path} has a section [{section}], but this folder was found, not named.",
            hint=f"If it is yours, name it: --data {path.parent}, or set UPSPIRAL_DATA.",
        )


def load(**given: Any) -> Settings:
    """Read the settings; what is given wins.

    Raises:
        ConfigError: Names the setting, the value and what is wrong with it; or a name that is no setting.
    """
    check_environment(Settings, os.environ)
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = name_setting(error.errors()[0])
        name = ".".join(str(part) for part in first["loc"])
        shown = "what it is" if name in SECRET_SETTINGS else repr(first.get("input"))
        why = first["msg"].removeprefix("Value error, ")
        raise ConfigError(
            f"The setting {name} cannot be {shown}: {why}.",
            hint=f"Change it in {FILE} in the data folder, or in the environment.",
        ) from error
    except SettingsError as error:
        raise ConfigError(f"The environment cannot be read: {error}.", hint="Write it as JSON.") from error
