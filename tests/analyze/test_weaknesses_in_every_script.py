"""Is a weakness found in every script, under a name that a person reads?"""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from tests.conftest import START
from tests.lexical.corpus import CORPORA, Corpus

from upspiral.analyze.config import AnalyzeSettings
from upspiral.analyze.finding import LabelledConversations, SearchContext, findings
from upspiral.analyze.naming import read_name
from upspiral.analyze.remedies import holds
from upspiral.curate.topics import REST_TOPIC, topics
from upspiral.domain import Conversation, Interaction, Message, Pattern, Polarity, Status
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId
from upspiral.lexical import to_stems

LANGUAGES = sorted(CORPORA)
SHARES = {"refund": 0.9, "hours": 0.1, "parcel": 0.1, "account": 0.1}
"""How often each topic fails."""


def _ask(corpus: Corpus, n: int, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    names = [str(name) for name in rng.choice(list(SHARES), n)]
    texts = [str(rng.choice(corpus.greetings)) + str(rng.choice(getattr(corpus, name))) for name in names]
    return texts, names


def _find(texts: Sequence[str], failed: Sequence[bool], rng: np.random.Generator) -> list[Pattern]:
    turns = [
        Interaction(
            id=InteractionId(f"int_{n}"),
            workspace=DEFAULT_WORKSPACE,
            agent=AgentId("shop"),
            at=START + timedelta(hours=n % 160),
            messages=(Message("user", text),),
            answer="",
            model="m",
            conversation=f"c{n}",
        )
        for n, text in enumerate(texts)
    ]
    settled = [
        Conversation(
            id=turn.conversation,
            interactions=(turn,),
            status=Status.FAILURE if bad else Status.SUCCESS,
            arm=None,
            settled=turn.at,
        )
        for turn, bad in zip(turns, failed, strict=True)
    ]
    seen = LabelledConversations(
        conversations=settled,
        telling=turns,
        failed=np.asarray(failed, dtype=np.bool_),
        explored=rng.random(len(texts)) < 0.5,
    )
    context = SearchContext(
        workspace=DEFAULT_WORKSPACE, agent=AgentId("shop"), cycle=None, now=START + timedelta(days=7)
    )
    return findings(seen, context, AnalyzeSettings())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_planted_weakness_is_found_and_named_by_its_word(language: str) -> None:
    corpus, rng = CORPORA[language], np.random.default_rng(7)
    texts, names = _ask(corpus, 320, rng)
    failed = [bool(rng.random() < SHARES[name]) for name in names]
    found = [one for one in _find(texts, failed, rng) if one.terms and not one.conditions]
    weak = [one for one in found if one.polarity == Polarity.WEAKNESS]
    assert weak
    about = [names[int(member.removeprefix("int_"))] for member in weak[0].members]
    assert about.count("refund") > 0.8 * len(about)
    caught = {member for one in weak for member in one.members}
    refunds = [f"int_{n}" for n, name in enumerate(names) if name == "refund" and failed[n]]
    missed = [one for one in refunds if one not in caught]
    assert len(missed) < 0.2 * names.count("refund")
    assert any(word in weak[0].name for word in corpus.named), weak[0].name
    assert all(any(term in text.casefold() for text in texts) or " " in term for term in weak[0].terms)
    assert holds(to_stems(corpus.refund[0]), weak[0].terms)


@pytest.mark.parametrize("language", LANGUAGES)
def test_good_answers_on_a_subject_have_a_topic_with_a_name(language: str) -> None:
    corpus, rng = CORPORA[language], np.random.default_rng(3)
    texts, names = _ask(corpus, 400, rng)
    found = topics(texts)
    refunds = [topic for topic, name in zip(found, names, strict=True) if name == "refund"]
    mine = [topic for topic in refunds if topic != REST_TOPIC]
    assert len(mine) > 0.3 * len(refunds)
    assert all(topic.strip() for topic in mine)


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "emoji"])
def test_a_name_that_a_model_finds_is_kept_whole(language: str) -> None:
    name = CORPORA[language].refund[0].rstrip("？?؟")
    assert read_name(f'**"{name}"**') == name
