"""How is what a request says besides its messages put into another API's words? (pure)."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from upspiral.domain.interaction import RequestOptions, ToolDefinition
from upspiral.wire.options import read_tool
from upspiral.wire.plain import as_list
from upspiral.wire.translate.apis import Api

Body = dict[str, Any]
DEFAULT_MAX_TOKENS = 4096
"""Tokens of an answer where the caller names no limit and the host's API requires one."""
PATHS: dict[str, dict[Api, str]] = {
    "max_tokens": {"chat": "max_tokens", "responses": "max_output_tokens", "messages": "max_tokens"},
    "temperature": {"chat": "temperature", "responses": "temperature", "messages": "temperature"},
    "top_p": {"chat": "top_p", "responses": "top_p", "messages": "top_p"},
    "stop": {"chat": "stop", "messages": "stop_sequences"},
    "effort": {
        "chat": "reasoning_effort",
        "responses": "reasoning.effort",
        "messages": "output_config.effort",
    },
    "verbosity": {"chat": "verbosity", "responses": "text.verbosity"},
    "user": {"chat": "user", "responses": "user", "messages": "metadata.user_id"},
    "stream": {"chat": "stream", "responses": "stream", "messages": "stream"},
    "parallel": {"chat": "parallel_tool_calls", "responses": "parallel_tool_calls"},
    "store": {"chat": "store", "responses": "store"},
    "safety_identifier": {"chat": "safety_identifier", "responses": "safety_identifier"},
    "prompt_cache_key": {"chat": "prompt_cache_key", "responses": "prompt_cache_key"},
}
"""What a setting is called in each API that has it; a point leads into an object."""
FORMATS: dict[Api, str] = {
    "chat": "response_format",
    "responses": "text.format",
    "messages": "output_config.format",
}
"""Where the form of the answer stands."""
ALIASES = {"max_completion_tokens": "max_tokens", "output_format": "output_config.format"}
"""Other names of the same, which the API that has them takes too."""
NESTED: dict[Api, tuple[str, ...]] = {
    "chat": (),
    "responses": ("reasoning", "text"),
    "messages": ("output_config", "metadata"),
}
"""Objects of a request that hold settings."""
HINTS = frozenset(
    (
        *("store", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "service_tier"),
        *("metadata", "stream_options", "cache_control", "reasoning.summary", "reasoning.generate_summary"),
        *("user", "stream"),
    )
)
"""What changes no answer: it is left out where the other API has no word for it."""
NO_EFFECT: dict[str, tuple[Any, ...]] = {
    "n": (1,),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "truncation": ("disabled",),
    "background": (False,),
    "modalities": (["text"],),
    "include": (["reasoning.encrypted_content"],),
    "thinking": ({"type": "disabled"},),
    "parallel_tool_calls": (True,),
}
"""Values that say what holds anyway."""
EFFORTS: dict[Api, frozenset[str]] = {
    "chat": frozenset(("none", "minimal", "low", "medium", "high", "xhigh")),
    "responses": frozenset(("none", "minimal", "low", "medium", "high", "xhigh")),
    "messages": frozenset(("low", "medium", "high", "xhigh", "max")),
}
MESSAGES = frozenset(("model", "messages", "input", "instructions", "system"))
STRICT_FIELDS = ("strict", "function.strict")


class AnswerFormat(Struct, frozen=True):
    """The form that an answer must have."""

    schema: Body | None
    """None where any JSON will do."""
    name: str = "answer"
    strict: bool | None = None
    description: str | None = None


class ToolChoice(Struct, frozen=True):
    """Whether a tool must be called."""

    mode: str
    """`auto`, `none`, `required`, or `named`."""
    name: str = ""


class SharedSettings(Struct, frozen=True, kw_only=True):
    """What a request says besides its messages, in no API's words."""

    values: Body
    """By the names of `PATHS`."""
    tools: tuple[ToolDefinition, ...] = ()
    tool_choice: ToolChoice | None = None
    answer_format: AnswerFormat | None = None


def read_settings(body: Mapping[str, Any], source: Api, refused: list[str]) -> SharedSettings:
    """Read what a request says besides its messages.

    Args:
        body: The request.
        source: In which API it is asked.
        refused: Names of what no other API has a word for are put here.

    >>> read_settings({"max_completion_tokens": 5, "n": 1}, "chat", [])
    SharedSettings(values={'max_tokens': 5}, tools=(), tool_choice=None, answer_format=None)
    """
    given = _flatten(body, source)
    values: Body = {}
    for name, paths in PATHS.items():
        if (found := given.pop(paths.get(source, ""), None)) is not None:
            values[name] = [found] if name == "stop" and isinstance(found, str) else found
    tools = [one for one in as_list(given.pop("tools", None)) if isinstance(one, Mapping)]
    choice = given.pop("tool_choice", None)
    if isinstance(choice, Mapping) and choice.get("disable_parallel_tool_use"):
        values["parallel"] = False
    settings = SharedSettings(
        values=values,
        tools=tuple(_read_tool(one, refused) for one in tools),
        tool_choice=_read_choice(choice, refused),
        answer_format=_read_format(given.pop(FORMATS[source], None), source, refused),
    )
    refused += [name for name, value in given.items() if name not in HINTS and has_effect(name, value)]
    return settings


def _flatten(body: Mapping[str, Any], source: Api) -> Body:
    """Give the settings of a request by their paths, without the messages."""
    flat: Body = {}
    for name, value in body.items():
        if name in MESSAGES or value is None:
            continue
        if name in NESTED[source] and isinstance(value, Mapping):
            flat |= {f"{name}.{inner}": one for inner, one in value.items() if one is not None}
        else:
            flat[ALIASES.get(name, name)] = value
    return flat


def has_effect(name: str, value: Any) -> bool:
    """Say whether a setting says more than what holds anyway.

    >>> has_effect("n", 1), has_effect("n", 2), has_effect("logit_bias", {})
    (False, True, False)
    """
    return value not in (None, [], {}, "") and value not in NO_EFFECT.get(name, ())


def _read_tool(given: Mapping[str, Any], refused: list[str]) -> ToolDefinition:
    tool = read_tool(given)
    if tool.kind != "function" or not tool.name:
        refused.append(f"tools of the type {tool.kind}")
    extra = tool.extra or {}
    strict = next((extra[name] for name in STRICT_FIELDS if extra.get(name) is not None), None)
    more = (name for name, value in extra.items() if value and name not in (*STRICT_FIELDS, "cache_control"))
    refused += [f"tools.{name}" for name in more]
    return replace(tool, extra=None if strict is None else {"strict": strict})


def _read_choice(given: Any, refused: list[str]) -> ToolChoice | None:
    if given is None:
        return None
    kind = given.get("type") if isinstance(given, Mapping) else given
    if kind in ("auto", "none", "required", "any"):
        return ToolChoice("required" if kind == "any" else str(kind))
    if isinstance(given, Mapping) and kind in ("function", "tool"):
        inner = given.get("function")
        name = (inner if isinstance(inner, Mapping) else given).get("name")
        return ToolChoice("named", str(name or ""))
    refused.append(f"tool_choice of the type {kind}")
    return None


def _read_format(given: Any, source: Api, refused: list[str]) -> AnswerFormat | None:
    kind = given.get("type") if isinstance(given, Mapping) else given
    if kind in (None, "text"):
        return None
    if kind == "json_object":
        return AnswerFormat(None)
    inner = given.get("json_schema", given) if isinstance(given, Mapping) else None
    if kind != "json_schema" or not isinstance(inner, Mapping) or not isinstance(inner.get("schema"), dict):
        refused.append(f"{FORMATS[source]} of the type {kind}")
        return None
    strict = True if source == "messages" else inner.get("strict")
    return AnswerFormat(inner["schema"], str(inner.get("name") or "answer"), strict, inner.get("description"))


def write_settings(settings: SharedSettings, source: Api, target: Api, refused: list[str]) -> RequestOptions:
    """Write them in the words of another API.

    Args:
        settings: What was read.
        source: In which API it was asked.
        target: In which it is to be asked.
        refused: Names of what that API has no word for are put here, as the caller wrote them.

    >>> refused = []
    >>> read = read_settings({"max_completion_tokens": 5, "stop": "END"}, "chat", refused)
    >>> write_settings(read, "chat", "messages", refused).sampling
    {'max_tokens': 5, 'stop_sequences': ['END']}
    >>> _ = write_settings(read, "chat", "responses", refused)
    >>> refused
    ['stop']
    """
    sampling: Body = {}
    for name, value in _complete(settings.values, source, target).items():
        path, asked = PATHS[name].get(target), PATHS[name].get(source, "tool_choice")
        if path and (name != "effort" or value in EFFORTS[target]):
            _put(sampling, path, value)
        elif name != "parallel" and asked not in HINTS and has_effect(asked, value):
            refused.append(asked if path is None else f"{asked} {value!r}")
    if settings.answer_format:
        written = _write_format(settings.answer_format, target)
        if written is None:
            refused.append(f"{FORMATS[source]} of the type json_object")
        _put(sampling, FORMATS[target], written)
    parallel = settings.values.get("parallel")
    return RequestOptions(
        api=target,
        tools=tuple(_write_tool(tool, source, target) for tool in settings.tools),
        tool_choice=_write_choice(settings, target, parallel=parallel is not False),
        sampling=sampling,
    )


def rename_setting(name: str, source: Api, target: Api) -> str | None:
    """Give what a setting is called in another API; None where it has none like it.

    >>> rename_setting("max_tokens", "chat", "responses"), rename_setting("stop", "chat", "responses")
    ('max_output_tokens', None)
    """
    plain = ALIASES.get(name, name)
    return next((paths.get(target) for paths in PATHS.values() if paths.get(source) == plain), None)


def _complete(values: Body, source: Api, target: Api) -> Body:
    """Add what the other API takes for granted or requires."""
    if target == "messages" and "max_tokens" not in values:
        return {**values, "max_tokens": DEFAULT_MAX_TOKENS}
    if target == "responses" and "store" not in values:
        return {**values, "store": False}  # there answers are stored unless one says so
    if source == "responses":
        return {name: value for name, value in values.items() if name != "store"}
    return values


def _put(body: Body, path: str, value: Any) -> None:
    outer, _, inner = path.partition(".")
    if inner:
        body.setdefault(outer, {})[inner] = value
    else:
        body[outer] = value


def _write_tool(tool: ToolDefinition, source: Api, target: Api) -> ToolDefinition:
    strict = (tool.extra or {}).get("strict")
    if strict is None and target == "responses" and source != "responses":
        strict = False  # there a tool is strict unless one says so
    name = "function.strict" if target == "chat" else "strict"
    return replace(tool, extra=None if strict is None else {name: strict})


def _write_choice(settings: SharedSettings, target: Api, *, parallel: bool) -> Any:
    choice = settings.tool_choice
    if target == "messages":
        if not settings.tools or (choice is None and parallel):
            return None
        mode = choice.mode if choice else "auto"
        told: Body = {"type": {"required": "any", "named": "tool"}.get(mode, mode)}
        if choice and choice.name:
            told["name"] = choice.name
        return told if parallel or mode == "none" else {**told, "disable_parallel_tool_use": True}
    if choice is None or choice.mode != "named":
        return choice.mode if choice else None
    named = {"name": choice.name}
    return {"type": "function", **({"function": named} if target == "chat" else named)}


def _write_format(form: AnswerFormat, target: Api) -> Body | None:
    if form.schema is None:
        return None if target == "messages" else {"type": "json_object"}
    if target == "messages":
        return {"type": "json_schema", "schema": form.schema}
    more = {"strict": form.strict, "description": form.description}
    told: Body = {"name": form.name, "schema": form.schema}
    told |= {name: value for name, value in more.items() if value is not None}
    return {"type": "json_schema", **({"json_schema": told} if target == "chat" else told)}
