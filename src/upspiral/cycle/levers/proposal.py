"""What would a teacher change in an agent's words? It is asked once and shown the weaknesses as data."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from string import Template

from msgspec import Struct

from upspiral.cycle.levers.base import DraftTask
from upspiral.domain import Example, ExampleKind, Feedback, Message, Pattern, Split
from upspiral.providers.base import ChatModel, ChatRequest
from upspiral.runtime import Runtime
from upspiral.wire.fence import Fence

SHOWN_CASES = 12
"""Teaching cases that a teacher is shown, spread over the weaknesses."""
MAX_SHOWN_CHARS = 600
"""Of each text of a case."""
MAX_ANSWER_TOKENS = 2048
CHARS_PER_TOKEN = 4
"""About, in English; says only what a question will cost."""


class ProposalMaterial(Struct, frozen=True):
    """What a teacher is shown besides the instructions."""

    weaknesses: tuple[str, ...]
    """The names of the weaknesses."""
    cases: tuple[Example, ...]
    comments: tuple[str, ...]
    """What users wrote about answers to the cases that are shown."""

    def list_texts(self) -> list[str]:
        """List all that somebody wrote in a conversation or about one."""
        said = [message.content for case in self.cases for message in case.messages]
        return [*said, *(case.answer for case in self.cases), *self.comments]


def gather_material(runtime: Runtime, task: DraftTask) -> ProposalMaterial:
    """Read what a teacher is shown: only cases that levers may read, failures before what went well."""
    store, workspace = runtime.store, task.cycle.workspace
    patterns = store.patterns.many(workspace, task.cycle.patterns)
    cases = store.examples.of(workspace, task.dataset.id, Split.TRAIN)
    shown = spread_cases([case for case in cases if case.kind is not ExampleKind.REPLAY], SHOWN_CASES)
    said = store.feedback.about(workspace, [case.interaction for case in shown])
    return ProposalMaterial(
        tuple(_describe(one) for one in patterns), tuple(shown), tuple(_list_comments(said))
    )


def spread_cases(cases: Sequence[Example], limit: int) -> list[Example]:
    """Take cases from every slice in turn, in their order."""
    by_slice: dict[str, list[Example]] = {}
    for case in cases:
        by_slice.setdefault(case.slice, []).append(case)
    rounds = max(map(len, by_slice.values()), default=0)
    mixed = [group[n] for n in range(rounds) for group in by_slice.values() if n < len(group)]
    return mixed[:limit]


def write_prompt(
    template: str, *, instructions: str, rules: Sequence[str], material: ProposalMaterial, fence: Fence
) -> tuple[Message, ...]:
    """Write what a teacher is asked.

    Args:
        template: The name of the task, such as ``rules``.
        instructions: Those of the live version.
        rules: Those of the live version.
        material: Weaknesses, cases and comments, which are shown as data.
        fence: Stands around everything that somebody wrote in a conversation, names made of it included.
    """
    task, _, shown = _read_template(template).partition("\n---\n")
    told = Template(shown).substitute(
        instructions=instructions or "(none)",
        rules="\n".join(rules) or "(none)",
        weaknesses="\n".join(fence.enclose("weakness", one) for one in material.weaknesses) or "(none)",
        cases="\n\n".join(_show_case(case, fence) for case in material.cases),
        comments="\n".join(fence.enclose("comment", one) for one in material.comments) or "(none)",
    )
    return Message("system", task.strip()), Message("user", told.strip())


async def ask_teacher(teacher: ChatModel, prompt: tuple[Message, ...], *, call_id: str) -> str:
    """Ask once; under an id that a repetition of the night derives again.

    Raises:
        ProviderError: The teacher does not answer.
    """
    request = ChatRequest(prompt, max_tokens=MAX_ANSWER_TOKENS, temperature=None)
    return (await teacher.complete(request, call_id=call_id)).answer


def count_tokens(texts: Sequence[str]) -> int:
    """Say about how many tokens texts have, the answer of a teacher with them."""
    return sum(map(len, texts)) // CHARS_PER_TOKEN + MAX_ANSWER_TOKENS


def _describe(pattern: Pattern) -> str:
    return f"{pattern.name} ({pattern.conversations} conversations)"


def _list_comments(said: Sequence[Feedback]) -> list[str]:
    comments = [one.comment for one in said if one.comment]
    return list(dict.fromkeys(comments))[:SHOWN_CASES]


def _show_case(case: Example, fence: Fence) -> str:
    question = next((m.content for m in reversed(case.messages) if m.role == "user"), "")
    parts = {"weakness": case.slice, "question": question, "right_answer": case.answer}
    return "\n".join(fence.enclose(name, text) for name, text in parts.items())


@cache
def _read_template(name: str) -> str:
    return (Path(__file__).parent / "prompts" / f"{name}.md").read_text()
