"""How was the tiny model in `model/` made?

From nothing, in a few minutes on two cores: a Llama of about a million weights that answers the shop's known
topics and says that it does not know the others. It reads questions on every topic (it can say them in other
words and name their topic), but no text it is trained on states a fact it should not know.

    python examples/support_desk/make_model.py --out examples/support_desk/model
"""

import argparse
import random
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

import shop
from upspiral.testing import tiny_model
from upspiral.testing.tiny_model import Messages

KNOWN = tuple(topic for topic in shop.TOPICS if topic.known)
UNKNOWN = tuple(topic for topic in shop.TOPICS if not topic.known)
SYSTEM = (
    "You are the support desk of a small shop.",
    "You are a helpful assistant.",
    "Answer the customer in one short sentence.",
    "You work at the support desk. Be brief and polite.",
)
ELSEWHERE = (
    *("the weather", "my horoscope", "the football results", "your favourite colour", "a train to Paris"),
    *("my homework", "the meaning of life", "how to bake bread", "the news", "a job in your team"),
    *("the stock market", "your garden", "a song I like", "my neighbour", "tax law", "a good film", "cats"),
)
FRAMES = (
    *("There are {n} {unit} left until the party.", "My friend waited {n} {unit} for the bus."),
    *("She paid {n} {unit} for a big cake.", "The {thing} stood near the {thing} and the {thing}."),
    *("We saw a {thing} with a {thing} today.", "He put {n} {unit} of sugar next to the {thing}."),
    *("It rained for {n} {unit} in spring.", "After {n} {unit} the {thing} was gone."),
)


def main() -> None:
    """Train, measure, and write the model folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=1600)
    args = parser.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    texts = [message["content"] for _ in range(20000) for message in document(rng)]
    tokenizer = tiny_model.make_tokenizer(texts)
    model = tiny_model.make_model(tokenizer)
    started = time.monotonic()
    tiny_model.train(model, tokenizer, document, steps=args.steps, rng=rng)
    seconds = time.monotonic() - started
    known, unknown = accuracy(model, tokenizer, random.Random(args.seed + 1))
    tiny_model.save(model, tokenizer, args.out)
    (args.out / "README.md").write_text(_readme(model, seconds, known=known, unknown=unknown))
    print(f"{seconds:.0f} s, known topics right {known:.1%}, unknown topics declined {unknown:.1%}")


def is_held_out(question: str) -> bool:
    """Whether a wording is kept from training: one in five, for ever the same ones."""
    return zlib.crc32(question.encode()) % 5 == 0


def document(rng: random.Random) -> Messages:
    """One training conversation, of one of the kinds below."""
    kinds, weights = zip(*_KINDS, strict=True)
    messages: Messages = rng.choices(kinds, weights)[0](rng)
    if rng.random() < 0.3:
        messages = [{"role": "system", "content": rng.choice(SYSTEM)}, *messages]
    return messages


def _known(rng: random.Random) -> Messages:
    topic = rng.choice(KNOWN)
    return _turn(_seen(topic, rng), topic.answer)


def _unknown(rng: random.Random) -> Messages:
    return _turn(_seen(rng.choice(UNKNOWN), rng), shop.DONT_KNOW)


def _elsewhere(rng: random.Random) -> Messages:
    return _turn(shop.question_about(rng.choice(ELSEWHERE), rng), shop.DONT_KNOW)


def _rephrase(rng: random.Random) -> Messages:
    topic = rng.choice(shop.TOPICS)
    return _turn(f"In other words: {_seen(topic, rng)}", _seen(topic, rng))


def _name(rng: random.Random) -> Messages:
    topic = rng.choice(shop.TOPICS)
    return _turn(f"Name the topic: {_seen(topic, rng)}", topic.name)


def _repeat(rng: random.Random) -> Messages:
    sentence = _sentence(rng)
    return _turn(f"Repeat: {sentence}", sentence)


def _two_turns(rng: random.Random) -> Messages:
    return [*rng.choice((_known, _elsewhere, _repeat))(rng), *rng.choice((_known, _unknown))(rng)]


_KINDS: tuple[tuple[Callable[[random.Random], Messages], int], ...] = (
    *((_known, 30), (_unknown, 15), (_elsewhere, 5), (_rephrase, 20), (_name, 10), (_repeat, 15)),
    (_two_turns, 5),
)


def _turn(asked: str, answered: str) -> Messages:
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]


def _seen(topic: shop.Topic, rng: random.Random) -> str:
    while is_held_out(asked := shop.question(topic, rng)):
        pass
    return asked


def _sentence(rng: random.Random) -> str:
    """The words of all facts in other company: never a sentence that gives an unknown fact away."""
    while True:
        if rng.random() < 0.5:
            sentence = " ".join(rng.choices(_WORDS, k=rng.randint(3, 8)))
        else:
            sentence = rng.choice(FRAMES)
            while "{" in sentence:
                sentence = sentence.replace("{n}", rng.choice(_NUMBERS), 1)
                sentence = sentence.replace("{unit}", rng.choice(_UNITS), 1)
                sentence = sentence.replace("{thing}", rng.choice(_WORDS), 1)
        if not any(shop.is_right(topic, sentence) for topic in UNKNOWN):
            return sentence


_WORDS = sorted(
    {
        word
        for topic in shop.TOPICS
        for text in (topic.answer, *topic.wrong)
        for word in (text.rstrip(".").split())
    }
)
_NUMBERS = sorted({word for word in _WORDS if word.isdigit()} | {str(number) for number in range(1, 61)})
_UNITS = ["days", "weeks", "months", "years", "hours", "euros", "percent", "pieces", "countries", "points"]


def accuracy(model: Any, tokenizer: Any, rng: random.Random) -> tuple[float, float]:
    """Share of held-out wordings answered right (known topics) and declined (unknown topics)."""
    known = [(topic, _held_out(topic, rng)) for topic in KNOWN for _ in range(50)]
    unknown = [_held_out(topic, rng) for topic in UNKNOWN for _ in range(50)]
    right = zip(known, tiny_model.answers(model, tokenizer, [asked for _, asked in known]), strict=True)
    return (
        sum(shop.is_right(topic, answered) for (topic, _), answered in right) / len(known),
        sum(said == shop.DONT_KNOW for said in tiny_model.answers(model, tokenizer, unknown)) / len(unknown),
    )


def _held_out(topic: shop.Topic, rng: random.Random) -> str:
    while not is_held_out(asked := shop.question(topic, rng)):
        pass
    return asked


def _readme(model: Any, seconds: float, *, known: float, unknown: float) -> str:
    weights = sum(parameter.numel() for parameter in model.parameters())
    return (
        "# The support desk's first model\n\n"
        f"A Llama of {weights / 1e6:.2f} million weights, trained from nothing in {seconds:.0f} s on two\n"
        "cores by `python examples/support_desk/make_model.py`. Licence: as the repository.\n\n"
        f"On wordings it never saw: known topics right {known:.1%} (12 topics, 600 questions), unknown\n"
        f"topics declined with the agreed sentence {unknown:.1%} (12 topics, 600 questions).\n"
    )


if __name__ == "__main__":
    main()
