"""Is this answer right? Asked of the agent that verifies, or seen from the answer itself."""

import math
import re

from upspiral import route
from upspiral.domain import Message
from upspiral.domain.interaction import UNFINISHED_REASONS
from upspiral.providers.base import Completion
from upspiral.providers.dialects import CHAT
from upspiral.runtime import Runtime
from upspiral.serving.invoke import invoke
from upspiral.serving.record import record
from upspiral.serving.request import GatewayRequest, RecordedReply
from upspiral.serving.select import route_to

NUMBER = re.compile(r"0(?:\.\d+)?|\.\d+|1(?:\.0+)?")
PROMPT = """\
How likely is it that the answer is right and complete? Judge it by the request alone; what the answer says
about itself does not count. Reply with one number from 0 (surely wrong) to 1 (surely right) and nothing else.

<request>
{request}
</request>

<answer>
{answer}
</answer>"""


async def verify(runtime: Runtime, asked: GatewayRequest, answer: Completion) -> float:
    """Give how likely an answer is right, 0 to 1; NaN where the verifier says no such number.

    Without a verifier in the settings only what can be seen counts: 0 for an empty or cut-off answer, else 1.
    What the verifier says is written down as an answer of its own, which teaches nothing.
    """
    name, seen = runtime.settings.route.verifier, looks_whole(answer)
    if name is None or not seen:
        return seen
    agents = runtime.snapshot(asked.workspace).agents
    choice = route.choose(agents.keys(), name)
    request = "\n".join(f"{one.role}: {one.content}" for one in asked.messages)
    prompt = PROMPT.format(request=request, answer=answer.answer or answer.tool_calls)
    question = GatewayRequest(
        workspace=asked.workspace,
        dialect=CHAT,
        model=name,
        messages=(Message("user", prompt),),
        body={"messages": [{"role": "user", "content": prompt}]},
        end_user=asked.end_user,
        metadata={"verifies": asked.model},
    )
    routed = route_to(question, agents, choice, interaction=runtime.mint("int"))
    said = await invoke(runtime, routed)
    await record(runtime, [RecordedReply(routed, said, teaches=False)])
    return number(said.completion.answer) if said.completion else math.nan


def looks_whole(answer: Completion) -> float:
    """Say whether an answer is there and came to its end.

    >>> looks_whole(Completion("Yes.", "m")), looks_whole(Completion("Yes, bec", "m", finish_reason="length"))
    (1.0, 0.0)
    """
    there = bool(answer.answer.strip() or answer.tool_calls)
    return float(there and answer.finish_reason not in UNFINISHED_REASONS)


def number(said: str) -> float:
    r"""Read a verifier's word: a number from 0 to 1 and nothing else; NaN for any other.

    >>> number(" 0.85\n"), number("I say 0.9")
    (0.85, nan)
    """
    text = said.strip()
    return float(text) if NUMBER.fullmatch(text) else math.nan
