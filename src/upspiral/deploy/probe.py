"""Does a version answer at all? One question before it meets users, and before a night begins."""

from upspiral.domain import AgentVersion, Message
from upspiral.domain.prompting import Recall, write_prompt
from upspiral.errors import HostError
from upspiral.providers.base import ChatModel, ChatRequest

MAX_PROBE_TOKENS = 64


async def ask_probe(
    version: AgentVersion, model: ChatModel, question: str, *, recall: Recall | None = None
) -> None:
    """Put a question to a version as a user would, and make sure that something comes back.

    Args:
        version: Its instructions and examples go before the question.
        model: What stands behind it.
        question: What is asked.
        recall: Searches the version's memory, where it has one.

    Raises:
        ProviderError: Its host does not answer, or refuses the request.
        HostError: The answer is empty.
    """
    asked = (Message("user", question),)
    request = ChatRequest(
        write_prompt(version, asked, recall).put_before(asked),
        max_tokens=MAX_PROBE_TOKENS,
        options=dict(version.sampling),
    )
    said = await model.complete(request)
    if not said.answer.strip() and not said.tool_calls:
        raise HostError(
            f"{version.name} answered the probe question {question!r} with nothing.",
            hint="Ask it yourself, or set deploy.probe_question to something that it should answer.",
        )
