"""Where does a language model small enough for a laptop come from? A tiny Llama, trained from nothing.

Needs the extra `train`. A model of a million weights learns one small world in a minute or two; the
examples and the tests of the whole loop run on such models.
"""

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

Messages = list[dict[str, str]]
Document = Callable[[random.Random], Messages]

SPECIAL_TOKENS = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}"
    "{{ '<|assistant|>' }}{% generation %}{{ message['content'] + '<|end|>' }}{% endgeneration %}"
    "{% elif message['role'] == 'user' %}{{ '<|user|>' + message['content'] }}"
    "{% else %}{{ '<|system|>' + message['content'] }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
BATCH = 64


def make_tokenizer(texts: Iterable[str], *, tokens: int = 1024) -> PreTrainedTokenizerFast:
    """Make a byte-level BPE tokenizer with a chat template.

    Args:
        texts: The language it is made for.
        tokens: Its largest vocabulary.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=tokens,
        special_tokens=SPECIAL_TOKENS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=SPECIAL_TOKENS[0],
        eos_token=SPECIAL_TOKENS[1],
        chat_template=CHAT_TEMPLATE,
        padding_side="left",
        model_max_length=512,
        clean_up_tokenization_spaces=False,
    )


def make_model(tokenizer: PreTrainedTokenizerFast, **shape: Any) -> LlamaForCausalLM:
    """Make an untrained Llama of about a million weights, with heads of 64 so that any server accepts it.

    Args:
        tokenizer: Whose tokens it speaks.
        shape: Whatever of the Llama's configuration shall differ.
    """
    usual = {"hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 4, "num_attention_heads": 2}
    return LlamaForCausalLM(
        LlamaConfig(
            **{**usual, "num_key_value_heads": 2, "head_dim": 64, **shape},
            vocab_size=len(tokenizer),
            max_position_embeddings=512,
            tie_word_embeddings=True,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
            attn_implementation="sdpa",
        )
    )


def train(
    model: Any,
    tokenizer: Any,
    document: Document,
    *,
    steps: int,
    rng: random.Random,
    asked_weight: float = 0.05,
) -> None:
    """Train on the next token: mostly on what the assistant says, a little on what it is asked.

    Args:
        model: Changed in place.
        tokenizer: Its tokenizer.
        document: Draws one training conversation.
        steps: How many batches of 64 conversations.
        rng: Draws the conversations.
        asked_weight: What a token that the assistant did not say counts, against 1 for one it did.
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.05, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=steps, pct_start=0.1)
    model.train()
    started = time.monotonic()
    drawn = _draw_batches(tokenizer, document, rng, asked_weight=asked_weight)
    for step, (ids, weights) in zip(range(steps), drawn, strict=False):
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
            print(f"step {step} loss {loss.item():.3f} after {time.monotonic() - started:.0f} s", flush=True)  # noqa: T201
    model.eval()


def answers(model: Any, tokenizer: Any, questions: list[str], *, max_tokens: int = 24) -> list[str]:
    """Answer questions greedily, a hundred at a time."""
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
                max_new_tokens=max_tokens,
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


def _draw_batches(
    tokenizer: Any, document: Document, rng: random.Random, *, asked_weight: float
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Batches of conversations of about one length, padded on the right."""
    while True:
        coded = (_encode(tokenizer, document(rng), asked_weight) for _ in range(BATCH * 8))
        rows = sorted(coded, key=lambda row: len(row[0]))
        batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
        rng.shuffle(batches)
        for batch in batches:
            width = max(len(ids) for ids, _ in batch)
            pad = tokenizer.pad_token_id
            yield (
                torch.tensor([ids + [pad] * (width - len(ids)) for ids, _ in batch]),
                torch.tensor([weights + [0.0] * (width - len(weights)) for _, weights in batch]),
            )


def _encode(tokenizer: Any, messages: Messages, asked_weight: float) -> tuple[list[int], list[float]]:
    """Token ids as the chat template lays them out, and how much each one counts."""
    ids: list[int] = []
    weights: list[float] = []
    for message in messages:
        said = tokenizer.encode(message["content"], add_special_tokens=False)
        ids += [tokenizer.convert_tokens_to_ids(f"<|{message['role']}|>"), *said]
        mine = message["role"] == "assistant"
        weights += [0.0] + [1.0 if mine else asked_weight] * len(said)
        if mine:
            ids.append(tokenizer.eos_token_id)
            weights.append(1.0)
    return ids, weights
