"""To which conversation does a request belong that does not say so?

A talk's next turn repeats what was said before: it begins with an earlier request and its answer. Of both a
keyed hash is kept, so the longest beginning that is known says which talk goes on; two talks part as soon as
they differ, and a branch from an earlier turn stays in its talk.
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from difflib import SequenceMatcher
from hashlib import blake2b

import msgspec
from msgspec import structs

from upspiral.deploy.traffic import BRANCH
from upspiral.domain import FeedbackTarget, Interaction, Message
from upspiral.domain.ids import WorkspaceId
from upspiral.domain.message import CallPart, Part
from upspiral.runtime import Runtime
from upspiral.serving.request import GatewayRequest
from upspiral.wire.messages import parts_of
from upspiral.wire.parts import make_message
from upspiral.wire.text import answer_text

EDIT_WINDOW = timedelta(minutes=15)
"""So long after a first message the same user may ask it again, or in other words, within the same talk."""
EDIT_SIMILARITY = 0.8
"""From this share of equal characters on a first message is an earlier one, edited."""
RECENT_TURNS = 5
"""Turns of a user that are looked at for one that is asked again."""
MAX_COMPARED_CHARS = 2_000
HASH_BYTES = 16
NUMBER = re.compile(r"\d+")


async def find_conversation(runtime: Runtime, asked: GatewayRequest) -> GatewayRequest:
    """Give a request the conversation that it goes on; one that begins a new one stays as it is.

    OpenAI's responses name the answer before (`previous_response_id`), whose id is kept as the sender's own.
    """
    if asked.conversation or not asked.dialect.talks:
        return asked
    beginnings = hash_beginnings(asked, secret_of(runtime, asked.workspace))
    if not (asked.follows or beginnings or asked.end_user):
        return asked
    found = await asyncio.to_thread(_look_up, runtime, asked, beginnings)
    return structs.replace(asked, conversation=found) if found else asked


def secret_of(runtime: Runtime, workspace: WorkspaceId) -> bytes:
    """Give the key of a workspace's hashes: that of its pseudonyms."""
    return runtime.workspace_key(workspace)


def _look_up(runtime: Runtime, asked: GatewayRequest, beginnings: Sequence[str]) -> str | None:
    interactions = runtime.store.interactions
    if name := asked.follows:
        before = interactions.resolve(asked.workspace, FeedbackTarget.CLIENT_ID, [name]).get(name)
        return before.conversation if before else None
    if beginnings:
        known = interactions.conversations_by_prefix(asked.workspace, beginnings)
        return next((known[one] for one in beginnings if one in known), None)
    since = runtime.now() - EDIT_WINDOW
    recent = interactions.latest_of_user(asked.workspace, asked.end_user or "", since, RECENT_TURNS)
    again = next((one.conversation for one in recent if is_asked_again(asked.messages, one)), None)
    if again and any(one.conversation == again and _is_later_turn(one) for one in recent):
        root = again.partition(BRANCH)[0]
        return f"{root}~{runtime.mint('b')}"  # perhaps a talk of its own; on the same arm, in any case
    return again


def _is_later_turn(one: Interaction) -> bool:
    return any(message.role == "assistant" for message in one.messages)


def is_asked_again(messages: Sequence[Message], before: Interaction) -> bool:
    """Say whether a first turn is an earlier one, asked again or edited.

    Args:
        messages: What is asked now; nobody has answered in it yet.
        before: An earlier turn of the same user.
    """
    if [one.role for one in messages] != [one.role for one in before.messages]:
        return False
    pairs = [(new.content, old.content) for new, old in zip(messages, before.messages, strict=True)]
    if all(new == old for new, old in pairs):
        return True
    *first, (new, old) = pairs
    if any(a != b for a, b in first):
        return False
    if new.startswith(old) or old.startswith(new):  # something was added, or taken away
        return True
    compared = SequenceMatcher(None, new[:MAX_COMPARED_CHARS], old[:MAX_COMPARED_CHARS], autojunk=False)
    return compared.ratio() >= EDIT_SIMILARITY


def hash_beginnings(asked: GatewayRequest, secret: bytes) -> list[str]:
    """Hash what a request begins with, up to each answer in it, the longest first; empty for a first turn.

    Args:
        asked: The request.
        secret: Without it nobody can test guesses of what was said against a hash.
    """
    if all(message.role != "assistant" for message in asked.messages):
        return []
    state, found = _begin(asked, secret), list[str]()
    for turn in _merge_answers(asked.messages):
        state.update(_canonical(turn))
        if turn[0].role == "assistant":
            found.append(state.copy().hexdigest())
    return found[::-1]


def hash_turn(asked: GatewayRequest, answer: Sequence[Part], secret: bytes) -> str:
    """Hash a request and its answer, as the next turn will begin; see `hash_beginnings`."""
    state = _begin(asked, secret)
    for turn in _merge_answers((*asked.messages, make_message("assistant", answer))):
        state.update(_canonical(turn))
    return state.hexdigest()


def _begin(asked: GatewayRequest, secret: bytes) -> blake2b:
    whose = msgspec.json.encode([asked.workspace, asked.model, asked.end_user or asked.key])
    return blake2b(whose, key=secret[: blake2b.MAX_KEY_SIZE], digest_size=HASH_BYTES)


def _merge_answers(messages: Sequence[Message]) -> list[list[Message]]:
    """Gather messages that follow each other and are one answer: some APIs write words and calls apart."""
    turns: list[list[Message]] = []
    for message in messages:
        if turns and message.role == "assistant" == turns[-1][0].role:
            turns[-1].append(message)
        else:
            turns.append([message])
    return turns


def _canonical(turn: Sequence[Message]) -> bytes:
    """Write what every client gives back of a message: words and calls, without thoughts and the like.

    Numbers in a system prompt, which often names the present time, do not count.
    """
    first, parts = turn[0], [part for message in turn for part in parts_of(message)]
    if first.role == "assistant":
        words = answer_text(parts).strip()
    else:
        words = NUMBER.sub("0", first.content) if first.role == "system" else first.content.strip()
    calls = [part.id or part.name for part in parts if isinstance(part, CallPart)]
    return msgspec.json.encode([first.role, words, calls, first.tool_call_id]) + b"\n"
