"""How was the tiny model in `model/` made?

From nothing, in a few minutes on two cores: a Llama of about a million weights that answers the shop's known
topics and says that it does not know the others. It reads questions on every topic (it can say them in other
words and name their topic), but no text it is trained on states a fact it should not know.

    python examples/support_desk/make_model.py --out examples/support_desk/model
"""

import argparse
import json
import random
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

import shop

Messages = list[dict[str, str]]

KNOWN = tuple(topic for topic in shop.TOPICS if topic.known)
UNKNOWN = tuple(topic for topic in shop.TOPICS if not topic.known)
SPECIAL = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}"
    "{{ '<|assistant|>' }}{% generation %}{{ message['content'] + '<|end|>' }}{% endgeneration %}"
    "{% elif message['role'] == 'user' %}{{ '<|user|>' + message['content'] }}"
    "{% else %}{{ '<|system|>' + message['content'] }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
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
    tokenizer = make_tokenizer(rng)
    model = make_model(tokenizer)
    started = time.monotonic()
    train(model, tokenizer, steps=args.steps, rng=rng)
    seconds = time.monotonic() - started
    known, unknown = accuracy(model, tokenizer, random.Random(args.seed + 1))
    save(model, tokenizer, args.out)
    (args.out / "README.md").write_text(_readme(model, seconds, known=known, unknown=unknown))
    print(f"{seconds:.0f} s, known topics right {known:.1%}, unknown topics declined {unknown:.1%}")


def is_held_out(question: str) -> bool:
    """Whether a wording is kept from training: one in five, for ever the same ones."""
    return zlib.crc32(question.encode()) % 5 == 0


def make_tokenizer(rng: random.Random) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of at most 1024 tokens over the shop's language."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    texts = [message["content"] for _ in range(20000) for message in document(rng)]
    trainer = trainers.BpeTrainer(
        vocab_size=1024,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<|pad|>",
        eos_token="<|end|>",
        chat_template=CHAT_TEMPLATE,
        padding_side="left",
        model_max_length=512,
        clean_up_tokenization_spaces=False,
    )


def make_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """A Llama small enough for a repository, with heads of 64 so that any server accepts it."""
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=384,
            num_hidden_layers=4,
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=64,
            max_position_embeddings=512,
            tie_word_embeddings=True,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
            attn_implementation="sdpa",
        )
    )


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


def train(model: Any, tokenizer: Any, *, steps: int, rng: random.Random) -> None:
    """Next-token training: mostly on what the assistant says, a little on what the customers ask."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.05, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=steps, pct_start=0.1)
    model.train()
    started = time.monotonic()
    for step, (ids, weights) in enumerate(_batches(tokenizer, steps, rng)):
        logits = model(input_ids=ids).logits[:, :-1]
        losses = torch.nn.functional.cross_entropy(
            logits.reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1), reduction="none"
        )
        loss = (losses * weights[:, 1:].reshape(-1)).sum() / weights[:, 1:].sum()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            print(f"step {step} loss {loss.item():.3f} after {time.monotonic() - started:.0f} s", flush=True)
    model.eval()


def _batches(tokenizer: Any, steps: int, rng: random.Random) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Batches of 64 conversations of about one length, padded on the right."""
    made = 0
    while made < steps:
        rows = sorted((_encode(tokenizer, document(rng)) for _ in range(64 * 8)), key=lambda row: len(row[0]))
        batches = [rows[start : start + 64] for start in range(0, len(rows), 64)]
        rng.shuffle(batches)
        for batch in batches[: steps - made]:
            made += 1
            width = max(len(ids) for ids, _ in batch)
            pad = tokenizer.pad_token_id
            yield (
                torch.tensor([ids + [pad] * (width - len(ids)) for ids, _ in batch]),
                torch.tensor([weights + [0.0] * (width - len(weights)) for _, weights in batch]),
            )


def _encode(tokenizer: Any, messages: Messages) -> tuple[list[int], list[float]]:
    """Token ids as the chat template lays them out, and how much each one counts."""
    ids: list[int] = []
    weights: list[float] = []
    for message in messages:
        said = tokenizer.encode(message["content"], add_special_tokens=False)
        ids += [tokenizer.convert_tokens_to_ids(f"<|{message['role']}|>"), *said]
        mine = message["role"] == "assistant"
        weights += [0.0] + [1.0 if mine else 0.05] * len(said)
        if mine:
            ids.append(tokenizer.eos_token_id)
            weights.append(1.0)
    return ids, weights


def accuracy(model: Any, tokenizer: Any, rng: random.Random) -> tuple[float, float]:
    """Share of held-out wordings answered right (known topics) and declined (unknown topics)."""
    known = [(topic, _held_out(topic, rng)) for topic in KNOWN for _ in range(50)]
    unknown = [_held_out(topic, rng) for topic in UNKNOWN for _ in range(50)]
    right = zip(known, answers(model, tokenizer, [asked for _, asked in known]), strict=True)
    return (
        sum(shop.is_right(topic, answered) for (topic, _), answered in right) / len(known),
        sum(said == shop.DONT_KNOW for said in answers(model, tokenizer, unknown)) / len(unknown),
    )


def _held_out(topic: shop.Topic, rng: random.Random) -> str:
    while not is_held_out(asked := shop.question(topic, rng)):
        pass
    return asked


def answers(model: Any, tokenizer: Any, questions: list[str]) -> list[str]:
    """Greedy answers, a hundred questions at a time."""
    said: list[str] = []
    for start in range(0, len(questions), 100):
        chats = [[{"role": "user", "content": asked}] for asked in questions[start : start + 100]]
        encoded = tokenizer.apply_chat_template(
            chats, add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
        )
        with torch.inference_mode():
            made = model.generate(
                input_ids=encoded["input_ids"],
                attention_mask=encoded["attention_mask"],
                max_new_tokens=24,
                do_sample=False,
            )
        said += tokenizer.batch_decode(made[:, encoded["input_ids"].shape[1] :], skip_special_tokens=True)
    return said


def save(model: Any, tokenizer: Any, out: Path) -> None:
    """Write half-precision weights that load as float32."""
    out.mkdir(parents=True, exist_ok=True)
    model.generation_config.do_sample = False
    model.half().save_pretrained(out)
    config = json.loads((out / "config.json").read_text())
    config["dtype"] = "float32"
    (out / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    tokenizer.save_pretrained(out)


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
