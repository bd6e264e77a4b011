"""From verified answers to a memory: what is remembered, what is not, and what an erasure leaves."""

from msgspec import structs
from tests.conftest import START, Maker
from tests.factories import make_version

from upspiral import capture
from upspiral.capture import CaptureSettings, give_feedback, record
from upspiral.capture.redactors import make_redactor
from upspiral.curate import CurateSettings, build_memory
from upspiral.domain import (
    Agent,
    Dataset,
    Example,
    ExampleKind,
    Interaction,
    Message,
    RaterWeight,
    Source,
    Split,
)
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    DatasetId,
    ErasureId,
    ExampleId,
)
from upspiral.domain.message import FilePart
from upspiral.domain.prompting import Memory
from upspiral.store import Store

SUPPORT = AgentId("support")
SETTINGS = CurateSettings()
Asked = tuple[Interaction, str, ExampleKind]


def _dataset(store: Store, make: Maker, *cases: Asked, split: Split = Split.TRAIN) -> Dataset:
    name = DatasetId(f"ds_{make.rng.getrandbits(32)}")
    dataset = Dataset(
        id=name,
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        at=make.tick(),
        sha256="x",
        train=len(cases),
        heldout=0,
    )
    store.datasets.add(dataset)
    for happened, answer, kind in cases:
        store.examples.add(
            Example(
                id=ExampleId(f"ex_{name}_{happened.id}"),
                workspace=DEFAULT_WORKSPACE,
                dataset=name,
                interaction=happened.id,
                conversation=happened.conversation,
                kind=kind,
                split=split,
                messages=happened.messages,
                answer=answer,
                source="teacher" if kind == ExampleKind.REWRITE else "anna",
            )
        )
    return dataset


def _praise(store: Store, make: Maker, *happened: Interaction, **more: object) -> None:
    signals = [make.feedback(one, 1.0, **more) for one in happened]
    give_feedback(store, signals, settings=CaptureSettings(), now=make.now)


def _build(store: Store, make: Maker, dataset: Dataset, **more: object) -> Memory:
    return build_memory(store, dataset, settings=SETTINGS, now=make.now, **more)  # type: ignore[arg-type]


def _answers(store: Store, memory: Memory) -> set[str]:
    return {one.answer for one in store.memory_items.of(DEFAULT_WORKSPACE, memory.id)}


def test_corrections_agreed_rewrites_and_praised_answers_are_remembered(
    any_store: Store, make: Maker
) -> None:
    asked = [make.interaction(f"Question {word}?", f"Said {word}.") for word in ("one", "two", "three")]
    record(any_store, *asked)
    _praise(any_store, make, asked[2])
    dataset = _dataset(
        any_store,
        make,
        (asked[0], "Corrected.", ExampleKind.CORRECTION),
        (asked[1], "Rewritten.", ExampleKind.REWRITE),
        (asked[2], "Said three.", ExampleKind.REPLAY),
    )
    memory = _build(any_store, make, dataset)
    assert _answers(any_store, memory) == {"Corrected.", "Rewritten.", "Said three."}
    assert (memory.size, memory.dropped, memory.dataset) == (3, {}, dataset.id)
    assert _build(any_store, make, dataset) == any_store.memories.get(DEFAULT_WORKSPACE, memory.id) == memory


def test_held_out_cases_are_never_remembered(store: Store, make: Maker) -> None:
    happened = make.interaction("Where is it?")
    record(store, happened)
    cases = [(happened, "Here.", ExampleKind.CORRECTION)]
    assert _build(store, make, _dataset(store, make, *cases, split=Split.HELDOUT)).size == 0


def test_an_answer_that_only_says_again_what_was_shown_is_not_learned_as_if_it_were_new(
    store: Store, make: Maker
) -> None:
    first = make.interaction("Can I return it?")
    record(store, first)
    memory = _build(store, make, _dataset(store, make, (first, "Within 30 days.", ExampleKind.CORRECTION)))
    (item,) = store.memory_items.of(DEFAULT_WORKSPACE, memory.id)
    echo = make.interaction("May I send it back?", "within 30 days", shown=(item.id,))
    own = make.interaction("Do you ship to Norway?", "Yes, in five days.", shown=(item.id,))
    record(store, echo, own)
    _praise(store, make, echo, own)
    again = _dataset(
        store,
        make,
        (echo, echo.answer, ExampleKind.REPLAY),
        (own, own.answer, ExampleKind.REPLAY),
    )
    later = _build(store, make, again)
    assert _answers(store, later) == {"Yes, in five days."}
    assert later.dropped == {"repeats what was shown": 1}


def test_praise_counts_only_from_people_and_verifiers_who_are_not_found_unreliable(
    store: Store, make: Maker
) -> None:
    kinds: dict[str, dict[str, object]] = {
        "by a person": {"source": Source.HUMAN_EVALUATION},
        "by a verifier": {"source": Source.VERIFIER, "rater": "check"},
        "by a judge": {"source": Source.JUDGE, "rater": "model"},
        "by behavior": {"source": Source.IMPLICIT, "rater": "next-turn"},
        "by a liar": {"source": Source.USER_RATING, "rater": "liar"},
    }
    asked = [make.interaction(f"Question {name}?", f"Praised {name}.") for name in kinds]
    unpraised = make.interaction("Question of nobody?", "Praised by nobody.")
    record(store, *asked, unpraised)
    for one, more in zip(asked, kinds.values(), strict=True):
        _praise(store, make, one, **more)
    store.rater_weights.add(
        RaterWeight(
            id=RaterWeight.id_of("user:liar"), workspace=DEFAULT_WORKSPACE, at=START, voice="user:liar",
            weight=0, weight_good=0, weight_bad=0, votes=9, checked=9, right=0.4,
            right_on_good=0.4, right_on_bad=0.4, typical=0.9, method="majority",
        )
    )  # fmt: skip
    cases = [(one, one.answer, ExampleKind.REPLAY) for one in (*asked, unpraised)]
    memory = _build(store, make, _dataset(store, make, *cases))
    assert _answers(store, memory) == {"Praised by a person.", "Praised by a verifier."}
    assert memory.dropped == {"no trusted rater vouches for it": 4}


def test_what_does_not_stand_by_itself_is_left_out_with_the_reason(store: Store, make: Maker) -> None:
    said = {
        "the answer came from a tool": (
            Message("user", "Where is order 1?"), Message("assistant", ""), Message("tool", "Bonn"),
        ),
        "not understood without earlier turns": (
            Message("user", "Do you have lamps?"), Message("assistant", "Yes."), Message("user", "In blue?"),
        ),
        "the question is more than text": (
            Message("user", "What is this?", parts=(FilePart(media="image", url="https://x.test/a.png"),)),
        ),
        "too long to be shown": (Message("user", "why " * 9_000),),
        "no question or answer": (Message("system", "Be kind."),),
    }  # fmt: skip
    asked = [make.interaction(messages=messages) for messages in said.values()]
    record(store, *asked)
    cases = [(one, "Like this.", ExampleKind.CORRECTION) for one in asked]
    memory = _build(store, make, _dataset(store, make, *cases))
    assert memory.size == 0
    assert memory.dropped == dict.fromkeys(said, 1)


def test_of_several_answers_to_one_question_the_correction_is_kept_and_of_those_the_newest(
    store: Store, make: Maker
) -> None:
    asked = [make.interaction(text) for text in ("Where is it?", "where is it", "WHERE is it!")]
    record(store, *asked)
    cases = [
        (asked[0], "In Bonn.", ExampleKind.CORRECTION),
        (asked[1], "In Rome.", ExampleKind.CORRECTION),
        (asked[2], "In Oslo.", ExampleKind.REWRITE),
    ]
    memory = _build(store, make, _dataset(store, make, *cases))
    assert _answers(store, memory) == {"In Rome."}
    assert memory.dropped == {"the same question has another answer": 2}


def test_a_memory_goes_on_from_an_earlier_one_and_a_newer_answer_takes_its_place(
    store: Store, make: Maker
) -> None:
    asked = [make.interaction(text) for text in ("Where is it?", "Can I return it?", "Where is it?")]
    record(store, *asked)
    first = _build(
        store,
        make,
        _dataset(
            store,
            make,
            (asked[0], "In Bonn.", ExampleKind.CORRECTION),
            (asked[1], "Yes.", ExampleKind.CORRECTION),
        ),
    )
    later = _dataset(store, make, (asked[2], "In Rome.", ExampleKind.CORRECTION))
    second = _build(store, make, later, before=first.id)
    assert _answers(store, second) == {"In Rome.", "Yes."}
    assert _answers(store, first) == {"In Bonn.", "Yes."}


def test_erasing_a_person_takes_their_answers_out_of_every_memory_and_names_the_versions(
    any_store: Store, make: Maker
) -> None:
    hers, his = (
        make.interaction("canary-of-anna?", end_user="anna"),
        make.interaction("And mine?", end_user="ben"),
    )
    record(any_store, hers, his)
    cases = [(one, f"For {one.end_user}.", ExampleKind.REWRITE) for one in (hers, his)]
    memory = _build(any_store, make, _dataset(any_store, make, *cases))
    version = make_version(sha256="x", memory=memory.id)  # fmt: skip
    any_store.agent_versions.add(version, structs.replace(version, id=AgentVersionId("av_2"), memory=None))
    capture.purge(any_store, DEFAULT_WORKSPACE, before=make.tick())  # a memory outlives the records
    made = capture.erase(
        any_store,
        DEFAULT_WORKSPACE,
        end_user="anna",
        now=make.now,
        ident=ErasureId("era_1"),
        settings=CaptureSettings(),
    )
    assert made.versions == ("av_1",)
    assert _answers(any_store, memory) == {"For ben."}
    left = any_store.memories.get(DEFAULT_WORKSPACE, memory.id)
    assert (len(left.erased), left.erasures, left.size, left.sha256) == (1, 1, 2, memory.sha256)
    assert "anna" not in str(left)


def test_what_is_renamed_keeps_its_memories(any_store: Store, make: Maker) -> None:
    happened = make.interaction()
    record(any_store, happened)
    memory = _build(any_store, make, _dataset(any_store, make, (happened, "Here.", ExampleKind.REWRITE)))
    agent = Agent(id=SUPPORT, workspace=DEFAULT_WORKSPACE, at=START, live=AgentVersionId("av_1"))
    any_store.agents.add(agent)
    any_store.agents.rename(agent, AgentId("help"))
    assert [one.id for one in any_store.memories.of(DEFAULT_WORKSPACE, AgentId("help"))] == [memory.id]


def test_no_secret_and_no_personal_data_is_remembered(store: Store, make: Maker) -> None:
    hide = make_redactor(b"k" * 16, CaptureSettings()).text
    secrets = (
        "Write to anna.smith@mail.example.",
        "Write to anna.smith\u200b@mail.example.",
        "Write to \uff41\uff4e\uff4e\uff41@mail.example.",
        "Use sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z.",
        "Use sk-proj-Ab3d\u2060Ef6hIj9kLm2nOp5qRs8tUv1wXy4z.",
        "The card is 4111 1111 1111 1111.",
        "The card is 4111 1111\u200b 1111 1111.",
    )
    asked = [make.interaction(f"What about order {n}?", "No.") for n in range(2 * len(secrets) + 1)]
    leaked = [
        make.interaction(f"Is it {text}", "No.") if n % 2 else one
        for n, (one, text) in enumerate(zip(asked, [t for t in secrets for _ in (0, 1)], strict=False))
    ]
    record(store, *leaked, asked[-1])
    answers = ["It is." if n % 2 else text for n, text in enumerate(t for t in secrets for _ in (0, 1))]
    cases = [(one, said, ExampleKind.REWRITE) for one, said in zip(leaked, answers, strict=True)]
    plain = (asked[-1], "It comes tomorrow.", ExampleKind.REWRITE)
    before = _build(store, make, _dataset(store, make, *cases, plain))
    assert before.size > 1  # nothing is hidden where no redactor is given
    made = _build(store, make, _dataset(store, make, *cases, plain), before=before.id, redact=hide)
    assert _answers(store, made) == {"It comes tomorrow."}
    assert made.dropped["a secret or personal data"] >= len(cases)
