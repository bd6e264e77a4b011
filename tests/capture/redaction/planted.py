"""Texts with something to hide, texts with nothing, and a redactor."""

import re

from hypothesis import strategies as st

from upspiral.capture.redaction import (
    PatternRedactor,
)

KEY = b"0123456789abcdef0123456789abcdef"

REDACTOR = PatternRedactor(KEY)

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

PIECES = st.one_of(
    st.sampled_from([around.format(value) for _, around, value in HIDDEN]),
    st.sampled_from([value for _, _, value in HIDDEN]),
    st.sampled_from(KEPT),
    st.text(alphabet='0123456789+-. ()/@:=[]"\\{},naé', max_size=20),
    st.text(max_size=5),
    st.just("\ud800"),
)

TEXTS = st.builds("".join, st.lists(PIECES, max_size=6))

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)

DENSE = {
    "phones": "+1 415 555 2671 ",
    "addresses": "ann@example.com ",
    "cards": "4111 1111 1111 1111 ",
    "accounts": "DE89 3704 0044 0532 0130 00 ",
    "passwords": "password=hunter2-and-more ",
}
