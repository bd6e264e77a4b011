"""What did an agent call to answer one request, and what did its tools give? (pure)."""

from upspiral.domain import Interaction, Message, RequestOptions, ToolCall
from upspiral.domain.message import CallPart
from upspiral.wire.parts import make_message
from upspiral.wire.translate.recorded import is_run_by_host

RUN_BY_HOST = "its host runs its tools"
"""Why a case cannot be asked again: that would execute them."""


def has_own_tools(options: RequestOptions | None) -> bool:
    """Say whether a request defines tools of the application, so that it can be asked again with them."""
    return options is not None and bool(options.tools) and not is_run_by_host(options)


def keep_options(interaction: Interaction) -> RequestOptions | None:
    """Keep of a request what it must be asked again with; None where that is nothing."""
    options = interaction.options
    if options is None or not (options.tools or options.response_format or _says_form(options)):
        return None
    return options


def ends_in_call(interaction: Interaction) -> bool:
    """Say whether the answer asks for tools, instead of answering."""
    called = any(isinstance(part, CallPart) for part in interaction.answer_parts)
    return called or bool(interaction.tool_calls and not interaction.answer.strip())


def record_tool_messages(interaction: Interaction) -> tuple[Message, ...]:
    """Write the calls of one Interaction and their results as messages, to follow those of the request.

    Calls of an answer that asks for tools are one round. Where the answer is what came of the calls, nobody
    recorded which of them were asked for at once, and each is a round.
    """
    calls = interaction.tool_calls
    rounds = [calls] if ends_in_call(interaction) and calls else [(call,) for call in calls]
    return tuple(message for n, one in enumerate(rounds) for message in _write_round(one, n))


def _write_round(calls: tuple[ToolCall, ...], place: int) -> list[Message]:
    names = [call.id or f"call_{place}_{n}" for n, call in enumerate(calls)]
    asked = [
        CallPart(name=call.name, arguments=call.arguments, id=name)
        for name, call in zip(names, calls, strict=True)
    ]
    results = [
        Message("tool", given, tool_call_id=name)
        for name, call in zip(names, calls, strict=True)
        if (given := call.error if call.result is None else call.result) is not None
    ]
    return [make_message("assistant", asked), *results]


def _says_form(options: RequestOptions) -> bool:
    return not {"text", "output_config", "output_format"}.isdisjoint(options.extra or {})
