"""What must everything that learns keep to? Two verbs, a documented formula, and an answer to whatever comes.

Subclass `LearnerContract` in a test module under a name that begins with `Test`, and pytest runs the battery:

    class TestMine(LearnerContract):
        kind = Mine

        def facts(self, n, rng):
            return [rng.random() for _ in range(n)]

        def answer(self, learner):
            return learner.mean
"""

import doctest
import inspect
import json
import math
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec
import numpy as np

from upspiral.errors import InvalidInput

FORMULA = ("=", "~")
"""One of these stands in a docstring that states a formula."""


class LearnerContract:
    """The battery for one learner: `update` takes a fact, and one question is answered at any time.

    `update` gives the next learner and leaves the former alone, or changes the learner and gives None. What
    was learned is written and read by msgspec where the learner is a Struct, else by `dump` and `load`, as
    JSON.
    """

    kind: type[Any]
    any_order = False
    """Does the learner promise that the order of facts does not matter?"""
    tolerance = 1e-6
    """How far answers may lie apart that should be the same, relative to them."""

    def facts(self, n: int, rng: random.Random) -> list[Any]:
        """Give facts such as `update` takes, drawn with the dice given."""
        raise NotImplementedError

    def answer(self, learner: Any) -> object:
        """Ask the learner's question, with whatever it wants to know."""
        raise NotImplementedError

    def edges(self) -> dict[str, list[Any]]:
        """Give streams that are legal and strange, by name."""
        return {}

    def hostile(self) -> list[Callable[[], Any]]:
        """Give makers of facts that nobody should believe; a maker may refuse by itself."""
        return []

    def fresh(self) -> Any:
        """Make a learner that has seen nothing."""
        return self.kind()

    def tell(self, learner: Any, fact: Any) -> Any:
        """Have a learner see a fact; give the one that has seen it."""
        found = learner.update(fact)
        return learner if found is None else found

    def dump(self, learner: Any) -> bytes:
        """Write down what was learned, as JSON."""
        if isinstance(learner, msgspec.Struct):
            return msgspec.json.encode(learner)
        return json.dumps(learner.dump(), sort_keys=True, allow_nan=False).encode()

    def load(self, written: bytes) -> Any:
        """Read what `dump` wrote."""
        if issubclass(self.kind, msgspec.Struct):
            return msgspec.json.decode(written, type=self.kind)
        return self.kind.load(json.loads(written))

    def teach(self, facts: list[Any]) -> Any:
        """Make a learner that has seen the facts."""
        learner = self.fresh()
        for fact in facts:
            learner = self.tell(learner, fact)
        return learner

    def test_it_says_its_formula_units_and_source_and_its_example_runs(self) -> None:
        """Hold the docstring against what a reader needs, and run its example."""
        text = inspect.getdoc(self.kind) or ""
        prose = text.split(">>>", 1)[0]
        assert any(sign in prose for sign in FORMULA), f"{self.kind.__name__}: no formula in {prose!r}"
        assert "Units:" in prose, f"{self.kind.__name__}: no units in {prose!r}"
        assert "Source" in prose, f"{self.kind.__name__}: no source in {prose!r}"
        globs = dict(vars(sys.modules[self.kind.__module__]))
        example = doctest.DocTestParser().get_doctest(text, globs, self.kind.__name__, None, None)
        failed, tried = doctest.DocTestRunner(verbose=False).run(example)
        assert tried, f"{self.kind.__name__}: no example"
        assert not failed, f"{self.kind.__name__}: the example gives something else"

    def test_it_has_two_documented_verbs(self) -> None:
        """Look for `update`, and for a question besides."""
        public = {name: getattr(self.kind, name) for name in vars(self.kind) if not name.startswith("_")}
        said = {name for name, what in public.items() if callable(what) or isinstance(what, property)}
        assert inspect.getdoc(self.kind.update), f"{self.kind.__name__}.update: no docstring"
        asked = [name for name in said - {"update", "dump", "load"} if inspect.getdoc(public[name])]
        assert asked, f"{self.kind.__name__}: nothing to ask"

    def test_it_goes_on_after_json_as_if_nothing_had_happened(self) -> None:
        """Write and read half-way, go on, and compare."""
        facts = self.facts(60, random.Random(0))
        read = self.load(self.dump(self.teach(facts[:30])))
        for fact in facts[30:]:
            read = self.tell(read, fact)
        self.same(self.answer(read), self.answer(self.teach(facts)))

    def test_it_gives_the_same_answer_to_the_same_facts_whatever_the_dice(self) -> None:
        """Set the dice of the process differently; a learner that throws any is given its own."""
        facts, kept = self.facts(50, random.Random(0)), random.getstate()
        answers = []
        for seed in (1, 2):
            random.seed(seed)
            np.random.seed(seed)
            answers.append(self.answer(self.teach(facts)))
        random.setstate(kept)
        assert list(numbers(answers[0])) == list(numbers(answers[1]))

    def test_its_answers_are_numbers_on_every_sample(self) -> None:
        """Draw several samples."""
        for seed in range(1, 6):
            self.sound(self.answer(self.teach(self.facts(40, random.Random(seed)))))

    def test_the_order_is_of_no_matter_where_it_says_so(self) -> None:
        """Tell it the same in another order."""
        if self.any_order:
            facts = self.facts(80, random.Random(0))
            shuffled = random.Random(1).sample(facts, len(facts))
            self.same(self.answer(self.teach(shuffled)), self.answer(self.teach(facts)))

    def test_it_answers_before_the_first_fact_and_after_one(self) -> None:
        """Ask early."""
        for n in (0, 1):
            self.sound(self.answer(self.teach(self.facts(n, random.Random(0)))))

    def test_it_answers_at_every_edge(self) -> None:
        """Tell it what is strange but legal."""
        for name, facts in self.edges().items():
            try:
                self.sound(self.answer(self.teach(facts)))
            except Exception as error:
                error.add_note(f"{self.kind.__name__} at the edge {name!r}")
                raise

    def test_it_refuses_what_is_hostile_and_stays_as_it_was_or_bears_it(self) -> None:
        """Tell it what nobody should believe."""
        for number, make in enumerate(self.hostile()):
            learner = self.teach(self.facts(20, random.Random(0)))
            before = self.dump(learner)
            try:
                learner = self.tell(learner, make())
            except InvalidInput as refused:
                left, words = self.dump(learner), str(refused)
            else:
                self.sound(self.answer(learner))
                self.sound(self.answer(self.load(self.dump(learner))))
                continue
            assert words, f"{self.kind.__name__}: hostile fact {number} is refused without a word"
            assert left == before, f"{self.kind.__name__}: a refused fact left a trace"

    def test_its_former_self_and_its_answers_stay_as_they_are(self) -> None:
        """Change what was answered, and ask again; tell the next, and look at the former."""
        facts = self.facts(21, random.Random(0))
        learner = self.teach(facts[:20])
        asked = list(numbers(self.answer(learner)))
        spoil(self.answer(learner))
        assert list(numbers(self.answer(learner))) == asked, f"{self.kind.__name__} lends what it knows"
        before = self.dump(learner)
        if self.tell(learner, facts[20]) is not learner:
            assert self.dump(learner) == before, f"{self.kind.__name__}: an update changed the former learner"

    def same(self, one: object, other: object) -> None:
        """Assert that two answers agree."""
        found, wanted = list(numbers(one)), list(numbers(other))
        assert len(found) == len(wanted), f"{self.kind.__name__}: {found} is no {wanted}"
        for a, b in zip(found, wanted, strict=True):
            near = math.isclose(a, b, rel_tol=self.tolerance, abs_tol=self.tolerance)
            assert near, f"{self.kind.__name__}: {found} is no {wanted}"

    def sound(self, answer: object) -> None:
        """Assert that an answer holds only finite numbers."""
        wrong = [number for number in numbers(answer) if not math.isfinite(number)]
        assert not wrong, f"{self.kind.__name__} answers {answer!r}"


def numbers(value: object) -> Iterator[float]:
    """Give every number within an answer, in order.

    >>> list(numbers({"a": (1, 2.5), "b": [True, "x", None]}))
    [1.0, 2.5, 1.0]
    """
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, int | float):
        yield float(value)
    elif isinstance(value, msgspec.Struct):
        yield from numbers([getattr(value, name) for name in value.__struct_fields__])
    elif is_dataclass(value):
        yield from numbers([getattr(value, field.name) for field in fields(value)])
    elif isinstance(value, Mapping):
        yield from numbers(list(value.values()))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from numbers(part)


def spoil(value: object) -> None:
    """Change whatever can be changed within an answer.

    >>> given = {"a": [1]}
    >>> spoil(given)
    >>> given
    {}
    """
    if isinstance(value, np.ndarray) and value.flags.writeable:
        value.fill(0)
    elif isinstance(value, msgspec.Struct):
        spoil([getattr(value, name) for name in value.__struct_fields__])
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            spoil(part)
        if not isinstance(value, tuple):
            value.clear()
