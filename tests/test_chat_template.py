"""What instructions say reaches every model, whatever its chat template makes of a system message."""

from typing import Any

import pytest

from upspiral.chat_template import PROBE, fit_messages, fold_system, takes_system

jinja2 = pytest.importorskip("jinja2")

ALTERNATE = (
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate') }}{% endif %}"
)
TEMPLATES = {
    "gemma2": "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}" + ALTERNATE + "<{{ m['role'] }}>{{ m['content'] | trim }}</>{% endfor %}",
    "mistral": ALTERNATE + "{% if m['role'] == 'user' %}[INST] {{ m['content'] }} [/INST]"
    "{% elif m['role'] == 'assistant' %}{{ m['content'] }}</s>"
    "{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}",
    "silent": "{% for m in messages %}{% if m['role'] != 'system' %}<{{ m['role'] }}>{{ m['content'] }}"
    "{% endif %}{% endfor %}",
}
WITH_SYSTEM = {
    "chatml": "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>{% endfor %}",
    "folding": "{% set first = messages[0]['content'] if messages[0]['role'] == 'system' else '' %}"
    "{% for m in messages if m['role'] != 'system' %}{% if loop.first %}{{ first }}{% endif %}"
    "<{{ m['role'] }}>{{ m['content'] }}{% endfor %}",
}


class Templated:
    """A tokenizer that only writes prompts, as the library does it: with `raise_exception`."""

    def __init__(self, source: str) -> None:
        self._template = jinja2.Environment(autoescape=True).from_string(source)  # the texts hold no HTML

    def apply_chat_template(self, conversation: list[dict[str, Any]], *, tokenize: bool) -> str:
        assert not tokenize

        def raise_exception(why: str) -> None:
            raise jinja2.TemplateError(why)

        return str(self._template.render(messages=conversation, raise_exception=raise_exception))


def _system(text: str) -> dict[str, str]:
    return {"role": "system", "content": text}


def _user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def _assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


TALKS = (
    [_system("S1"), _user("U1")],
    [_system("S1"), _user("U1"), _assistant("A1"), _user("U2"), _assistant("A2")],
    [_system("S1"), _system("S2"), _user("U1")],
    [_user("U1"), _assistant("A1"), _system("S1"), _user("U2")],
    [_system("S1"), _assistant("A1"), _user("U1")],
    [_system("S1")],
    [_user("U1"), _system("S1")],
    [_user("U1"), _system("S1"), _assistant("A1"), _user("U2")],
    [{"role": "developer", "content": "S1"}, _user("U1")],
)


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("talk", TALKS)
def test_a_template_without_a_system_role_gets_every_text_in_order(
    name: str, talk: list[dict[str, str]]
) -> None:
    tokenizer = Templated(TEMPLATES[name])
    assert not takes_system(tokenizer)
    prompt = tokenizer.apply_chat_template(fit_messages(talk, tokenizer), tokenize=False)
    places = [prompt.index(one["content"]) for one in talk]
    assert places == sorted(places)
    assert PROBE not in prompt


@pytest.mark.parametrize("name", WITH_SYSTEM)
def test_a_template_with_a_system_role_gets_messages_as_they_are(name: str) -> None:
    tokenizer = Templated(WITH_SYSTEM[name])
    assert takes_system(tokenizer)
    assert fit_messages(TALKS[1], tokenizer) == TALKS[1]


def test_what_else_a_message_holds_stays_with_it() -> None:
    call = {"role": "tool", "content": "4", "tool_call_id": "c1"}
    named = {**_user("Hi"), "name": "ann"}
    assert fold_system([_system("S"), named, call]) == [{**named, "content": "S\n\nHi"}, call]


def test_instructions_and_questions_in_parts_are_joined_as_parts() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:,"}}
    told = fold_system([_system("S"), {"role": "user", "content": [picture]}])
    assert told == [{"role": "user", "content": [{"type": "text", "text": "S"}, picture]}]
    parts = [{"type": "text", "text": "S"}]
    told = fold_system([{"role": "system", "content": parts}, _user("U")])
    assert told == [{"role": "user", "content": [*parts, {"type": "text", "text": "U"}]}]
    assert fold_system([_system(""), _user("U")]) == [_user("U")]
