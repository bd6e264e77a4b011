"""What would a teacher change in an agent's words? It is asked once and shown the weaknesses as data."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from string import Template

from msgspec import Struct

from upspiral.cycle.levers.base import DraftTask
from upspiral.domain import Example, ExampleKind, Feedback, Message, Pattern, Split
from upspiral.domain.ids import ExampleId
from upspiral.providers.base import ChatModel, ChatRequest
from upspiral.runtime import Runtime
from upspiral.wire.fence import Fence

SHOWN_CASES = 12
"""Teaching cases that a teacher is shown, spread over the weaknesses."""
MAX_SHOWN_CHARS = 600
"""Of each text of a case."""
MAX_ANSWER_TOKENS = 2048
NOTHING = "NONE"
"""What a teacher answers where it would change nothing."""
CHARS_PER_TOKEN = 4
"""About, in English; says only what a question will cost."""


class ProposalMaterial(Struct, frozen=True):
    """What a teacher is shown besides the instructions."""

    weaknesses: tuple[str, ...]
    """The names of the weaknesses."""
    cases: tuple[Example, ...]
    comments: tuple[str, ...]
    """What users wrote about answers to the cases that are shown."""
    given: dict[ExampleId, str] = {}
    """What the agent answers to the cases now, where it was asked."""

    def list_texts(self) -> list[str]:
        """List all that somebody wrote in a conversation or about one."""
        said = [message.content for case in self.cases for message in case.messages]
        return [*said, *(case.answer for case in self.cases), *self.comments]


def gather_material(runtime: Runtime, task: DraftTask) -> ProposalMaterial:
    """Read what a teacher is shown: only cases that levers may read, failures before what went well."""
    cases = runtime.store.examples.of(task.cycle.workspace, task.dataset.id, Split.TRAIN)
    failed = [case for case in cases if case.kind is not ExampleKind.REPLAY]
    return read_material(runtime, task, spread_cases(failed, SHOWN_CASES))


def read_material(runtime: Runtime, task: DraftTask, cases: Sequence[Example]) -> ProposalMaterial:
    """Read what belongs to cases: the weaknesses of the night, and what users wrote about the answers."""
    store, workspace = runtime.store, task.cycle.workspace
    patterns = store.patterns.many(workspace, task.cycle.patterns)
    said = store.feedback.about(workspace, [case.interaction for case in cases])
    return ProposalMaterial(
        tuple(_describe(one) for one in patterns), tuple(cases), tuple(_list_comments(said))
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
        cases="\n\n".join(_show_case(case, fence, material.given.get(case.id)) for case in material.cases),
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


def read_instructions(said: str) -> str:
    """Read the instructions of a teacher's answer: what stands between the marks; empty where there are none.

    >>> read_instructions("Sure. <instructions> Be brief. </instructions>"), read_instructions("Sorry!")
    ('Be brief.', '')
    """
    found = re.search(r"<instructions>(.*?)</instructions>", said, re.DOTALL)
    return found[1].strip() if found else ""


def is_none(said: str) -> bool:
    """Say whether a teacher would change nothing.

    >>> is_none(" None."), is_none("Be brief.")
    (True, False)
    """
    return said.strip().strip(".").upper() == NOTHING


def count_tokens(texts: Sequence[str]) -> int:
    """Say about how many tokens texts have, the answer of a teacher with them."""
    return sum(map(len, texts)) // CHARS_PER_TOKEN + MAX_ANSWER_TOKENS


def _describe(pattern: Pattern) -> str:
    return f"{pattern.name} ({pattern.conversations} conversations)"


def _list_comments(said: Sequence[Feedback]) -> list[str]:
    comments = [one.comment for one in said if one.comment]
    return list(dict.fromkeys(comments))[:SHOWN_CASES]


def _show_case(case: Example, fence: Fence, given: str | None) -> str:
    question = next((m.content for m in reversed(case.messages) if m.role == "user"), "")
    parts = {"weakness": case.slice, "question": question, "right_answer": case.answer}
    parts |= {} if given is None else {"answer_now": given}
    return "\n".join(fence.enclose(name, text) for name, text in parts.items())


@cache
def _read_template(name: str) -> str:
    return (Path(__file__).parent / "prompts" / f"{name}.md").read_text()
