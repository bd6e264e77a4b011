"""What does the tiny model know before it is let to work? Half of the intents, learnt from nothing."""

import random
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from questions import Question

if TYPE_CHECKING:
    from upspiral.testing.tiny_model import Messages

FORGOTTEN = 0.15
"""Share of the words that a training question loses, so that the model does not learn it by heart."""


def pretrain(known: Sequence[Question], out: Path, *, steps: int, seed: int) -> None:
    """Teach a new tiny model the intents of these questions, and no other, and write its folder."""
    import torch

    from upspiral.testing import tiny_model

    torch.set_num_threads(2)
    torch.manual_seed(seed)
    texts = [text for question in known for text in (question.asked, question.intent)]
    tokenizer = tiny_model.make_tokenizer(texts)
    model = tiny_model.make_model(tokenizer)

    def document(rng: random.Random) -> "Messages":
        question = rng.choice(known)
        words = question.asked.split()
        asked = " ".join(word for word in words if rng.random() > FORGOTTEN) or question.asked
        return [{"role": "user", "content": asked}, {"role": "assistant", "content": question.intent}]

    tiny_model.train(model, tokenizer, document, steps=steps, rng=random.Random(seed), asked_weight=0.3)
    tiny_model.save(model, tokenizer, out)


def answers(base: Path, adapter: Path | None, questions: Sequence[Question]) -> list[str]:
    """Ask the base, or an adapter on it, without a server between."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    from upspiral.testing import tiny_model

    disable_progress_bar()
    warnings.filterwarnings("ignore", category=FutureWarning)
    model = AutoModelForCausalLM.from_pretrained(base, local_files_only=True).eval()
    if adapter:
        model = PeftModel.from_pretrained(model, str(adapter)).eval()
    tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)
    return tiny_model.answers(model, tokenizer, [question.asked for question in questions])
