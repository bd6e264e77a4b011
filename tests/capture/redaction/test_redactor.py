"""What must be hidden is, what must stay does, and joins survive."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.capture.redaction.planted import (
    DENSE,
    HIDDEN,
    KEPT,
    KEY,
    PSEUDONYM,
    REDACTOR,
    TEXTS,
    made,
)
from tests.conftest import Maker

from upspiral.admin.keys import SHAPE
from upspiral.capture.config import CaptureSettings
from upspiral.capture.ingest_policy import IngestPolicy
from upspiral.capture.redaction import (
    ADDRESSES,
    RULES,
    PatternRedactor,
)
from upspiral.capture.scales import Scales
from upspiral.errors import ConfigError


@pytest.mark.parametrize(("label", "around", "value"), HIDDEN)
def test_what_is_planted_is_hidden_and_the_words_around_it_stay(label: str, around: str, value: str) -> None:
    hidden = REDACTOR.text(around.format(value))
    found = PSEUDONYM.search(hidden)
    assert found is not None
    assert found[1] == label
    assert hidden == around.format(found[0])


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_sensitive_is_left_alone(text: str) -> None:
    assert REDACTOR.text(text) is text


@pytest.mark.parametrize("secret", [made("", 43), made("-sk-", 39), made("_", 41) + "-"])
def test_a_key_of_upspiral_is_hidden_whole_wherever_it_stands(secret: str) -> None:
    key = f"ups_0a1b2c{secret}"
    assert SHAPE.fullmatch(key)
    hidden = REDACTOR.text(key)
    assert re.fullmatch(r"\[secret:[0-9a-f]{12}\]", hidden)
    for around in ("use {} please", "UPSPIRAL_API_KEY={}", "Authorization: Bearer {}", '["{}"]'):
        assert REDACTOR.text(around.format(key)) == around.format(hidden)


@pytest.mark.parametrize("text", ["ups_monitor_of_the_rack", "ups_0a1b2c", made("ups_0a1b2c", 42)])
def test_what_is_too_short_for_a_key_of_upspiral_is_left_alone(text: str) -> None:
    assert REDACTOR.text(text) is text


def test_a_planted_truth_is_hidden_wherever_it_stands() -> None:
    rng = Random(0)
    for label, around, value in HIDDEN:
        neighbours = [rng.choice(KEPT[:12]) for _ in range(2)]
        text = f"{neighbours[0]}\n{around.format(value)}\n{neighbours[1]}"
        hidden = REDACTOR.text(text)
        assert value not in hidden, label
        assert hidden.startswith(neighbours[0])
        assert hidden.endswith(neighbours[1])


def test_the_same_thing_gets_the_same_pseudonym_however_it_is_written() -> None:
    ways = {
        "email": ["Anna@Example.com", "anna@example.com", "anna%40example.com"],
        "phone": ["+1 415 555 2671", "(415) 555-2671", "415.555.2671", "+14155552671", "001 415-555-2671"],
        "card": ["4111 1111 1111 1111", "4111111111111111", "4111-1111-1111-1111"],
        "iban": ["DE89 3704 0044 0532 0130 00", "DE89370400440532013000"],
    }
    for label, written in ways.items():
        pseudonyms = {REDACTOR.text(way) for way in written}
        assert len(pseudonyms) == 1
        assert pseudonyms.pop().startswith(f"[{label}:")


def test_another_key_gives_other_pseudonyms() -> None:
    text = "anna@example.com"
    assert PatternRedactor(b"x" * 32).text(text) != REDACTOR.text(text)


def test_network_addresses_are_hidden_only_on_request() -> None:
    text = "from 93.184.216.34 and 2606:2800:21f:cb07::1, at 10:30:00, not 127.0.0.1 or 1.2.3"
    assert REDACTOR.text(text) is text
    hidden = PatternRedactor(KEY, rules=(*RULES, *ADDRESSES)).text(text)
    assert re.fullmatch(r"from \[ip:\w+\] and \[ip:\w+\], at 10:30:00, not 127\.0\.0\.1 or 1\.2\.3", hidden)


def test_your_own_pattern_is_hidden_under_your_own_label() -> None:
    redactor = PatternRedactor(KEY, extra={"employee": r"\bEMP-\d{6}\b", "patient": r"^patient (\w+)$"})
    assert re.fullmatch(r"by \[employee:\w{12}\]", redactor.text("by EMP-123456"))
    hidden = redactor.texts(["nothing", "patient zero", "no patient zero"])
    assert re.fullmatch(r"patient \[patient:\w{12}\]", hidden[1])
    assert hidden[2] == "no patient zero"


@pytest.mark.parametrize(
    ("extra", "named"),
    [({"staff": "("}, "staff"), ({"staff": r"(?=a)b"}, "staff"), ({"Staff 1": "a"}, "Staff 1")],
)
def test_a_pattern_or_label_that_cannot_be_used_is_named(extra: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        PatternRedactor(KEY, extra=extra)


def test_a_short_key_is_refused_and_no_key_is_ever_shown() -> None:
    with pytest.raises(ConfigError, match="3 bytes"):
        PatternRedactor(b"abc")
    assert "0123" not in repr(REDACTOR)
    with pytest.raises(FrozenInstanceError):
        REDACTOR.key = b""  # type: ignore[misc]


def test_what_holds_nothing_comes_back_as_the_same_object(make: Maker) -> None:
    interaction = make.interaction("Where is order 123456789?", metadata={"version": "1.2.3"})
    feedback = make.feedback(interaction, 1.0, comment="fine since 2024-01-15")
    texts = ["a", "2024-01-15"]
    assert REDACTOR.interaction(interaction) is interaction
    assert REDACTOR.feedback(feedback) is feedback
    assert REDACTOR.texts(texts) is texts


@pytest.mark.long
@given(st.one_of(TEXTS, TEXTS.map(json.dumps), TEXTS.map(lambda text: json.dumps({"password": [text, 1]}))))
@settings(max_examples=300, deadline=None)
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = REDACTOR.text(text)
    assert REDACTOR.text(once) == once


@pytest.mark.long
@given(st.lists(TEXTS, max_size=4))
@settings(max_examples=100, deadline=None)
def test_many_texts_together_are_hidden_as_each_alone(texts: list[str]) -> None:
    assert REDACTOR.texts(texts) == [REDACTOR.text(text) for text in texts]


def test_a_broken_surrogate_does_not_stop_redaction() -> None:
    assert REDACTOR.text("\ud800 anna@example.com") == f"\ud800 {REDACTOR.text('anna@example.com')}"


def test_threads_share_a_redactor() -> None:
    texts = [around.format(value) for _, around, value in HIDDEN] * 4
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(REDACTOR.text, texts)) == [REDACTOR.text(text) for text in texts]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "1 ",
        "a@",
        "a.",
        "a@b.",
        "password=",
        "-----BEGIN PRIVATE KEY-----",
        "+1",
        "\\",
        '["',
        "0-",
        "eyJa.",
        "://:",
    ],
)
def test_no_text_is_slow_enough_to_be_an_attack(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    assert REDACTOR.text(text) == REDACTOR.text(REDACTOR.text(text))


@pytest.mark.long
@pytest.mark.parametrize("unit", DENSE.values(), ids=DENSE)
def test_a_text_too_dense_to_be_checked_is_hidden_and_nothing_of_it_stays_in_clear(unit: str) -> None:
    sensitive = unit.strip().removeprefix("password=")
    hidden = REDACTOR.text(unit * (400_000 // len(unit)))
    assert "[not checked, so hidden: " in hidden
    assert sensitive not in hidden
    assert hidden.count("[") > 100  # as far as it was checked it can still be read
    assert REDACTOR.text(hidden) == hidden


@pytest.mark.parametrize("unit", DENSE.values(), ids=DENSE)
def test_a_list_of_contacts_is_checked_as_a_whole(unit: str) -> None:
    text = "\n".join(f"Ann lives at {number} and has {unit}" for number in range(100))
    hidden = REDACTOR.text(text)
    assert "not checked" not in hidden
    assert hidden.count("lives at") == 100
    assert unit.strip().removeprefix("password=") not in hidden


def test_many_records_are_hidden_in_as_each_by_itself(make: Maker) -> None:
    """One look at all misses nothing, and takes nothing for a secret that two records only make together."""
    rng = Random(3)
    texts = (
        "my password=",
        "hunter2horse!",
        "ann@example.com",
        "call +1 212 555 0147",
        "Where is it?",
        "4111 1111",
    )
    for size in (0, 1, 2, 7, 33):
        records = [make.interaction(rng.choice(texts), rng.choice(texts)) for _ in range(size)]
        hidden = REDACTOR.interactions(records)
        assert hidden == [REDACTOR.interaction(one) for one in records]
        assert all((new is old) == (new == old) for new, old in zip(hidden, records, strict=True))
        assert not any("@example.com" in one.question + one.answer for one in hidden)


def test_a_text_that_is_too_long_is_cut_and_says_so(make: Maker) -> None:
    long = make.interaction(question="q" * 3000, answer="short")
    cut = IngestPolicy(REDACTOR, CaptureSettings(max_text_chars=1000), Scales()).interaction(long)
    assert cut.question.endswith("q [cut here; it had 3,000 characters]")
    assert len(cut.question) == 1000
    assert cut.answer == "short"


def test_redactors_of_many_workspaces_share_their_compiled_rules_and_not_their_pseudonyms() -> None:
    one, other = PatternRedactor(b"a" * 16), PatternRedactor(b"b" * 16)
    assert one._set is other._set
    assert one.text("write to ben@example.com") != other.text("write to ben@example.com")
    own = PatternRedactor(b"a" * 16, extra={"order": r"ord-\d+"})
    assert own._set is not one._set
    assert own.text("ord-17").startswith("[order:")
    assert one.text("ord-17") == "ord-17"
