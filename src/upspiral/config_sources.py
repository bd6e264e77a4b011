"""Where is a setting written, and is every name that is written one of ours?"""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, SecretStr

from upspiral.errors import ConfigError, suggest_name

FILE = "upspiral.toml"
PREFIX = "UPSPIRAL_"
CLIENT_VARIABLES = ("UPSPIRAL_KEY", "UPSPIRAL_SPOOL", "UPSPIRAL_URL")
"""Variables of the client and of the commands, which are no settings."""
LIST_HINT = "`upspiral config show` lists all settings."
Keys = tuple[str, ...]
"""Section and name of a setting."""


ALIASES: dict[str, Keys] = {
    "MIN_FAILURES_TO_TRAIN": ("curate", "min_failures"),
    "LORA_RANK": ("train", "rank"),
    "LORA_ALPHA": ("train", "alpha"),
    "BATCH_SIZE": ("train", "batch_size"),
    "GRADIENT_ACCUMULATION": ("train", "gradient_accumulation"),
    "LEARNING_RATE": ("train", "learning_rate"),
    "NUM_EPOCHS": ("train", "epochs"),
    "NOTIFICATION_WEBHOOK": ("webhooks", "url"),
    "ROLLBACK_THRESHOLD_LATENCY": ("deploy", "max_p95_ms"),
    "ROLLBACK_THRESHOLD_SUCCESS": ("deploy", "min_success"),
    "PERFORMANCE_METRICS_FILE": ("route", "metrics_file"),
    "PERFORMANCE_FEEDBACK_ACCURACY_THRESHOLD": ("route", "leave_out_below"),
}
"""Environment variables that other trainers use, and our settings; everything else goes before them."""
WITHOUT_EFFECT = {
    "AI_MODEL": "name the model with `upspiral agents create --model`",
    "MONITOR_DURATION": "a canary is judged by its outcomes; set deploy.canary_max_days to bound it",
}
"""Variables of other trainers that do nothing here yet, and what to do instead."""


class Leaf(NamedTuple):
    """One setting."""

    keys: Keys
    """Its section and its name, such as ``("train", "rank")``."""
    description: str

    @property
    def name(self) -> str:
        """As it is called in messages, such as ``train.rank``."""
        return ".".join(self.keys)


class SettingOrigin(NamedTuple):
    """One setting, its value, and where that was written."""

    leaf: Leaf
    value: Any
    where: str


def leaves(model: type[BaseModel], before: Keys = ()) -> Iterator[Leaf]:
    """Give every setting of a model and of the sections within it.

    >>> from pydantic import Field
    >>> class Section(BaseModel):
    ...     rank: int = Field(16, description="Rank.")
    >>> class Whole(BaseModel):
    ...     train: Section = Section()
    >>> [leaf.name for leaf in leaves(Whole)]
    ['train.rank']
    """
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from leaves(kind, (*before, name))
        else:
            yield Leaf((*before, name), field.description or "")


def environment_name(path: Keys) -> str:
    """Give the variable of a setting.

    >>> environment_name(("train", "rank"))
    'UPSPIRAL_TRAIN_RANK'
    """
    return PREFIX + "_".join(path).upper()


def check_environment(model: type[BaseModel], environment: Mapping[str, str]) -> None:
    """See that every variable with our prefix is one that something reads.

    Args:
        model: All settings.
        environment: Names and values.

    Raises:
        ConfigError: Names the variable, and the setting that is most like it.
    """
    known = _environment_names(model) | {*CLIENT_VARIABLES}
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            raise ConfigError(
                f"The environment variable {name} is no setting.",
                hint=f"{suggest_name(name.upper(), sorted(known))} {LIST_HINT}".strip(),
            )


def read_file(model: type[BaseModel], file: Path) -> dict[str, Any]:
    """Read a file of settings; an empty dictionary where there is none.

    Raises:
        ConfigError: It is no TOML, with the line; or it holds a section or a key that is not known.
    """
    try:
        text = file.read_text()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}.", hint="Mend or remove it.") from error
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is no TOML: {error}.", hint="Mend the line that is named.") from error
    _check_keys(model, found, file, ())
    return found


def _check_keys(model: type[BaseModel], found: Mapping[str, Any], file: Path, before: Keys) -> None:
    for name, value in found.items():
        field = model.model_fields.get(name)
        if field is None:
            raise ConfigError(
                f"{file} holds {'.'.join((*before, name))}, which is no setting.",
                hint=f"{suggest_name(name, sorted(model.model_fields))} {LIST_HINT}".strip(),
            )
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(value, Mapping):
            _check_keys(kind, value, file, (*before, name))


def value_at(found: Mapping[str, Any], path: Keys) -> Any:
    """Give what a nested dictionary holds at a path; None where it holds nothing.

    >>> value_at({"train": {"rank": 8}}, ("train", "rank")), value_at({}, ("train", "rank"))
    (8, None)
    """
    value: Any = found
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def origins(
    settings: BaseModel, environment: Mapping[str, str], *, folder: Path, given: Collection[str] = ()
) -> list[SettingOrigin]:
    """Say of every setting where its value was written.

    Args:
        settings: As loaded.
        environment: The variables they were loaded with.
        folder: The data folder, which may hold a file of settings.
        given: Names of the settings that were given as options.
    """
    file, foreign = read_file(type(settings), folder / FILE), aliases(environment)
    variables = {name.upper() for name in environment}
    names = {keys: name for name, keys in ALIASES.items()}
    found = []
    for leaf in leaves(type(settings)):
        whole = [environment_name(leaf.keys[:length]) for length in range(len(leaf.keys), 0, -1)]
        written = next((name for name in whole if name in variables), None)
        if leaf.name in given:
            where = "option"
        elif written:
            where = written
        elif value_at(file, leaf.keys) is not None:
            where = FILE
        else:
            where = names[leaf.keys] if value_at(foreign, leaf.keys) is not None else "default"
        found.append(SettingOrigin(leaf, reduce(getattr, leaf.keys, settings), where))
    return found


def notices(settings: BaseModel, environment: Mapping[str, str], *, folder: Path) -> list[str]:
    """Say which variables of other trainers act here, and which do nothing.

    >>> class Nothing(BaseModel): ...
    >>> notices(Nothing(), {"AI_MODEL": "gpt"}, folder=Path("nowhere"))[0][:52]
    'AI_MODEL of the environment has no effect here yet: '
    """
    acting = [one for one in origins(settings, environment, folder=folder) if one.where in ALIASES]
    said = [f"{_show(one, environment)} of the environment sets {one.leaf.name}." for one in acting]
    idle = [name for name in WITHOUT_EFFECT if environment.get(name)]
    return said + [
        f"{name} of the environment has no effect here yet: {WITHOUT_EFFECT[name]}." for name in idle
    ]


def _show(one: SettingOrigin, environment: Mapping[str, str]) -> str:
    return one.where if isinstance(one.value, SecretStr) else f"{one.where}={environment[one.where]}"


def aliases(environment: Mapping[str, str]) -> dict[str, Any]:
    """Read the settings that stand under other tools' names.

    >>> aliases({"LORA_RANK": "8", "HOME": "/root"})
    {'train': {'rank': '8'}}
    """
    found: dict[str, Any] = {}
    for name, (section, setting) in ALIASES.items():
        if environment.get(name):
            found.setdefault(section, {})[setting] = environment[name]
    return found


def _environment_names(model: type[BaseModel]) -> set[str]:
    """Give every variable that is read: of single settings, and of sections as JSON."""
    names = {environment_name((name,)) for name in model.model_fields}
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names |= {environment_name((name, inner)) for inner in kind.model_fields}
    return names
