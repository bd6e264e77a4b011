"""Redaction: what must be hidden is, what must stay does, joins survive and JSON stays JSON."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from random import Random

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import Maker

from upspiral.admin.keys import SHAPE
from upspiral.capture.config import CaptureSettings
from upspiral.capture.ingest_policy import IngestPolicy
from upspiral.capture.redaction import (
    ADDRESSES,
    PERSONAL_RULES,
    RULES,
    SECRET_RULES,
    PatternRedactor,
    matching,
    phone_rules,
)
from upspiral.capture.scales import Scales
from upspiral.domain import Message, ToolCall
from upspiral.errors import ConfigError

KEY = b"0123456789abcdef0123456789abcdef"
REDACTOR = PatternRedactor(KEY)
GERMAN = PatternRedactor(KEY, rules=(*SECRET_RULES, *PERSONAL_RULES, *phone_rules("DE")))
PSEUDONYM = re.compile(r"\[([a-z]+):[0-9a-f]{12}\]")


def made(start: str, length: int, *, signs: str = "aB3dE5gH7jK9mN1pQ") -> str:
    """Make a key out of two pieces, so that no scanner takes this file for a leak."""
    return start + (signs * 40)[:length]


LINES = "\n".join(made("", 64) for _ in range(3))
BLOCK = f"-----BEGIN RSA PRIVATE {'KEY'}-----\n{LINES}\n-----END RSA PRIVATE {'KEY'}-----"
JWT = ".".join((made("eyJ", 30), made("eyJ", 60), made("", 43)))

HIDDEN = [
    ("secret", "use {} please", made("sk-proj-", 60)),
    ("secret", "use {} please", made("sk-", 48)),
    ("secret", "key: {}.", made("sk-ant-api03-", 90)),
    ("secret", "OPENROUTER={}", made("sk-or-v1-", 64)),
    ("secret", "id {} is mine", made("AKIA", 16, signs="Q3EGRNP7XKLMZ2WT")),
    ("secret", "push with {}", made("ghp_", 36)),
    ("secret", "push with {}", made("github_pat_", 60)),
    ("secret", "({})", made("glpat-", 20)),
    ("secret", "bot {} there", made("xoxb-1234567890-", 30)),
    ("secret", "post to https://hooks.slack.com/services/{}", made("T0123/B0456/", 24)),
    ("secret", "maps?key={}", made("AIza", 35)),
    ("secret", "pay {} now", made("sk_live_", 24)),
    ("secret", "hub {}", made("hf_", 34)),
    ("secret", "publish {}", made("npm_", 36)),
    ("secret", "groq {}", made("gsk_", 52)),
    ("secret", "cookie {} set", JWT),
    ("secret", "the file:\n{}\nis it", BLOCK),
    ("secret", "Bearer {} sent", made("", 32)),
    ("secret", "Authorization: Basic {}", "YW5uYTpodW50ZXIy"),
    ("secret", "password={} and go", "hunter2"),
    ("secret", "DB_PASSWORD='{}'", "correct horse battery"),
    ("secret", 'prose, {{"password": "{}"}}', "a b c d"),
    ("secret", "Passwort: {}", "geheim123"),
    ("secret", "my password is {}!", "Tr0ub4dor&3"),
    ("secret", "client_secret: {}", "8f14e45fceea167a"),
    ("secret", "export AWS_SECRET_ACCESS_KEY={}", made("", 40)),
    ("secret", "postgres://app:{}@db/live", "s3cr3t"),
    ("email", "write to {}.", "anna.smith@example.com"),
    ("email", "<{}>", "o'neill+tag@mail.example.co.uk"),
    ("email", "cc {}, please", "jürgen@müller.de"),
    ("email", "/u?mail={}&x=1", "anna%40example.com"),
    ("email", "mail%20{}", "anna@example.com"),
    ("email", "prose with JSON {{\\n{}\\n}}", "ben@example.org"),
    ("card", "card {} exp 12/27", "4111 1111 1111 1111"),
    ("card", "card {}", "5500-0000-0000-0004"),
    ("card", "amex {}.", "3782 822463 10005"),
    ("card", "12 {} 34", "6011111111111117"),
    ("iban", "to {} by Friday", "DE89 3704 0044 0532 0130 00"),
    ("iban", "({})", "GB29NWBK60161331926819"),
    ("iban", "iban {}", "fr1420041010050500013m02606"),
    ("ssn", "SSN {} on file", "536-90-4399"),
    ("phone", "call {} today", "+49 171 1234567"),
    ("phone", "call {}.", "+4915112345678"),
    ("phone", "ring {} or mail", "+44 20 7946 0958"),
    ("phone", "mobile:{}", "+33 6 12 34 56 78"),
    ("phone", "from {}, she said", "0044 20 7946 0958"),
    ("phone", "us: {}", "(415) 555-2671"),
    ("phone", "us {} x", "415-555-2671"),
    ("phone", "us {}!", "1-415-555-2671"),
    ("phone", "dots {} too", "415.555.2671"),
    ("phone", "my phone number is {}", "4155552671"),
    ("phone", "2 men, {} at 5", "415-555-2671"),
]

KEPT = [
    "version 1.2.3 and 2024.10.1",
    "v10.20.30.40-rc.1",
    "Python 3.11.7 on 6.8.0-45-generic",
    "numpy==2.2.1,scipy>=1.17.0",
    "d41d8cd98f00b204e9800998ecf8427e",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "550e8400-e29b-41d4-a716-446655440000",
    "41111111-1111-1111-1111-111111111111",
    "00000000-0000-4000-8000-000000000000",
    "2024-01-15 10:30:00",
    "2024-01-15T10:30:00.123456Z",
    "2024-01-15T10:30:00+02:00 to 2025-12-31",
    "15.01.2024 08:15, 16.01.2024 09:30",
    "01/02/2024 03/04/2025",
    "20240115 103000",
    "at 1700000000 or 1700000000000 ms",
    "1700000000000000000 ns",
    "order 123456789",
    "order 4155552671",
    "order #415-555-2671",
    "tool_call_id: 4155552671",
    "phone order 4155552671",
    "hotel 4155552671",
    "ticket 2024-0001234",
    "invoice INV-2024-000123-77",
    "tracking 1Z999AA10123456784",
    "4111 1111 1111 1112 has a wrong checksum",
    "1234567890123456",
    "9999 8888 7777 6666",
    "id 4111111111111111x",
    "0.4111111111111111",
    "3.141592653589793",
    "1 234 567.89 + 2 345 678.90",
    "12 * 345678 - 90 / 12 = 4148128.5",
    "x + 12345678 = y",
    "(1234567) * (7654321)",
    "312 450 2000 17 4 88",
    "10.5 11.25 12.75 100.00 250.50",
    "$415 555 2671",
    "1e-10 6.02214076e23",
    "ISBN 978-3-16-148410-0",
    "DE00 3704 0044 0532 0130 00",
    "AB12CDEF3456ABCD7890",
    "000-12-3456 and 123-00-4567",
    "192.168.100.200 and 10.0.0.1:8080",
    "2001:db8::1",
    "lines 100-200-3000",
    "git@github.com:team/repo.git",
    "logo@2x.png",
    "react@18.2.0 and lodash@4.17.21",
    "y = a@b.transpose(1, 0)",
    "@property and user@localhost",
    "def login(user: str, password: str) -> None:",
    "Forgot password: click the link",
    "ask(prompt='Password: ', stream=None)",
    "password=os.environ['DB_PASSWORD']",
    "api_key=settings.api_key, password=None",
    "login(password=getpass(), api_key=api_key)",
    "password=${DB_PASSWORD} api_key=<your key> secret=***",
    "the secret: work hard",
    "sk-learn-compatible-estimators",
    "a task-management-system-for-teams-2024",
    "bearer of bad news; a bearer-authentication-scheme",
    "https://example.com:8080/a@b?c=1:2",
    "[email:0123456789ab] [phone:111122223333]",
    "latitude 48.137154, longitude 11.576124",
    "scores 0.123-0.456 and 99.99 %",
    "page 1 of 1000000, 12,345,678 rows",
]


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


def test_a_number_without_country_code_is_read_in_the_region_that_was_set() -> None:
    german = "mobil 0171 1234567, fest (089) 123456-78"
    assert len(PSEUDONYM.findall(GERMAN.text(german))) == 2
    assert GERMAN.text("0171/1234567") == GERMAN.text("+49 171 1234567")
    assert GERMAN.text("order 0123456789 of 01.02.2024") == "order 0123456789 of 01.02.2024"
    nowhere = PatternRedactor(KEY, rules=phone_rules(None))
    assert nowhere.text("415-555-2671") == "415-555-2671"
    assert nowhere.text("+1 415-555-2671").startswith("[phone:")


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


def test_json_stays_json_and_keeps_its_layout() -> None:
    given = (
        '{ "to": "Caf\\u00e9\\nanna@example.com",\n  "n": 1.50, "card": 4111111111111111,'
        ' "phone": 4155552671, "ben@example.org": [1, "x"], "esc": "\\u0061nna@example.com" }'
    )
    hidden = REDACTOR.text(given)
    read = json.loads(hidden)
    anna = REDACTOR.text("anna@example.com")
    assert read["to"] == f"Café\n{anna}"
    assert read["esc"] == anna
    assert read["card"] == REDACTOR.text("4111 1111 1111 1111")
    assert read["phone"] == REDACTOR.text("(415) 555-2671")
    assert REDACTOR.text("ben@example.org") in read
    assert '{ "to": "Caf\\u00e9\\n' in hidden
    assert '"n": 1.50,' in hidden


def test_the_name_of_a_json_field_tells_that_its_value_is_a_secret() -> None:
    given = {"user": "anna", "password": "correct horse", "apiKey": "abcd", "n": {"pwd": 12345}, "x": ["go"]}
    read = json.loads(REDACTOR.text(json.dumps(given)))
    assert [read["user"], read["x"]] == ["anna", ["go"]]
    for value in (read["password"], read["apiKey"], read["n"]["pwd"]):
        assert re.fullmatch(r"\[secret:\w{12}\]", value)
    schema = '{"password": {"type": "string"}, "api_key": null, "secret": "string"}'
    assert REDACTOR.text(schema) is schema


def test_json_within_json_is_read_to_the_bottom() -> None:
    inner = json.dumps({"mail": "anna@example.com", "say": '"hi"\n'})
    outer = json.dumps({"arguments": json.dumps(inner)})
    bottom = json.loads(json.loads(json.loads(REDACTOR.text(outer))["arguments"]))
    assert bottom == {"mail": REDACTOR.text("anna@example.com"), "say": '"hi"\n'}


def test_an_interaction_is_hidden_in_everything_that_was_said_and_called(make: Maker) -> None:
    call = ToolCall(name="mail", arguments='{"to": "anna@example.com"}', result="sent to ben@example.org")
    given = make.interaction(
        "I am anna@example.com",
        "Hello anna@example.com",
        end_user="Anna@example.com",
        error="415-555-2671 is busy",
        tool_calls=(call, ToolCall(name="x", error="no ben@example.org")),
        metadata={"password": "correct horse", "task": "greet"},
    )
    hidden = REDACTOR.interaction(given)
    anna, ben = REDACTOR.text("anna@example.com"), REDACTOR.text("ben@example.org")
    assert hidden.messages == (Message("user", f"I am {anna}"),)
    assert (hidden.answer, hidden.end_user) == (f"Hello {anna}", anna)
    assert hidden.error == f"{REDACTOR.text('415-555-2671')} is busy"
    assert json.loads(hidden.tool_calls[0].arguments) == {"to": anna}
    assert hidden.tool_calls[0].result == f"sent to {ben}"
    assert (hidden.tool_calls[1].error, hidden.tool_calls[1].result) == (f"no {ben}", None)
    assert hidden.metadata["task"] == "greet"
    assert hidden.metadata["password"].startswith("[secret:")
    assert (hidden.id, hidden.at, hidden.conversation) == (given.id, given.at, given.conversation)
    assert REDACTOR.interaction(hidden) is hidden


def test_the_name_of_a_field_helps_to_recognise_its_value(make: Maker) -> None:
    given = {"password": "correct horse", "phoneNumber": "4155552671", "order": "4155552671"}
    hidden = REDACTOR.interaction(make.interaction(metadata=given)).metadata
    assert hidden["password"].startswith("[secret:")
    assert hidden["phoneNumber"] == REDACTOR.text("415-555-2671")
    assert hidden["order"] == "4155552671"


def test_feedback_is_hidden_in_rater_comment_and_correction(make: Maker) -> None:
    about = make.interaction()
    given = make.feedback(
        about, 0.5, rater="anna@example.com", comment="ask +49 171 1234567", correction="ok"
    )
    hidden = REDACTOR.feedback(given)
    assert hidden.rater == REDACTOR.text("anna@example.com")
    assert hidden.comment == f"ask {REDACTOR.text('+491711234567')}"
    assert (hidden.correction, hidden.label, hidden.score) == ("ok", None, 0.5)


def test_what_holds_nothing_comes_back_as_the_same_object(make: Maker) -> None:
    interaction = make.interaction("Where is order 123456789?", metadata={"version": "1.2.3"})
    feedback = make.feedback(interaction, 1.0, comment="fine since 2024-01-15")
    texts = ["a", "2024-01-15"]
    assert REDACTOR.interaction(interaction) is interaction
    assert REDACTOR.feedback(feedback) is feedback
    assert REDACTOR.texts(texts) is texts


PIECES = st.one_of(
    st.sampled_from([around.format(value) for _, around, value in HIDDEN]),
    st.sampled_from([value for _, _, value in HIDDEN]),
    st.sampled_from(KEPT),
    st.text(alphabet='0123456789+-. ()/@:=[]"\\{},naé', max_size=20),
    st.text(max_size=5),
    st.just("\ud800"),
)
TEXTS = st.builds("".join, st.lists(PIECES, max_size=6))


@given(st.one_of(TEXTS, TEXTS.map(json.dumps), TEXTS.map(lambda text: json.dumps({"password": [text, 1]}))))
@settings(max_examples=300, deadline=None)
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = REDACTOR.text(text)
    assert REDACTOR.text(once) == once


@given(st.lists(TEXTS, max_size=4))
@settings(max_examples=100, deadline=None)
def test_many_texts_together_are_hidden_as_each_alone(texts: list[str]) -> None:
    assert REDACTOR.texts(texts) == [REDACTOR.text(text) for text in texts]


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)


@given(JSON, st.booleans())
@settings(max_examples=200, deadline=None)
def test_whatever_was_json_is_json_afterwards(value: object, plain: bool) -> None:
    given = json.dumps(value, ensure_ascii=plain)
    hidden = REDACTOR.text(given)
    assert type(json.loads(hidden)) in (type(value), str)
    assert not re.search(r"anna\.smith@example\.com(?!\w*\()", hidden)  # not what reads as a method


def test_a_broken_surrogate_does_not_stop_redaction() -> None:
    assert REDACTOR.text("\ud800 anna@example.com") == f"\ud800 {REDACTOR.text('anna@example.com')}"


class Blind:
    """A set that ran out of memory."""

    def Match(self, data: bytes) -> None:
        return None


def test_a_prefilter_that_gives_up_hides_all_the_same() -> None:
    redactor = PatternRedactor(KEY)
    object.__setattr__(redactor, "_set", Blind())
    hidden = redactor.texts([around.format(value) for _, around, value in HIDDEN])
    assert hidden == [REDACTOR.text(around.format(value)) for _, around, value in HIDDEN]


def test_patterns_that_are_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"'a'.*too large"):
        PatternRedactor(KEY, extra={"a": r"\pL{900}" * 9})
    monkeypatch.setattr(matching, "SET_MEMORY", 20_000)
    with pytest.raises(ConfigError, match="together"):
        PatternRedactor(KEY)


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


def test_every_rule_has_a_hint_that_sees_what_its_pattern_sees() -> None:
    for _, around, value in HIDDEN:
        text = around.format(value)
        alone = [rule for rule in RULES if PatternRedactor(KEY, rules=(rule,)).text(text) != text]
        assert alone, value


DENSE = {
    "phones": "+1 415 555 2671 ",
    "addresses": "ann@example.com ",
    "cards": "4111 1111 1111 1111 ",
    "accounts": "DE89 3704 0044 0532 0130 00 ",
    "passwords": "password=hunter2-and-more ",
}


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


@pytest.mark.parametrize(
    "unit", ["1 ", "1-", "0 1 ", "12-34 56-78 ", "1234 5678 9012 3456 ", *DENSE.values()]
)
def test_the_work_on_a_text_grows_with_its_length_only(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    parse = phonenumbers.parse

    def counted(*given: str | None) -> phonenumbers.PhoneNumber:
        nonlocal looks
        looks += 1
        return parse(str(given[0]), given[1])

    monkeypatch.setattr("phonenumbers.parse", counted)
    REDACTOR.text(unit * (1_000_000 // len(unit)))
    assert looks <= 40_000


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
