"""How does a model learn the answers it should have given? A LoRA adapter by supervised fine-tuning.

    python sft_lora.py RUN_FOLDER

RUN_FOLDER/spec.json says what to do, RUN_FOLDER/progress.json how far it is. Killed and started again, the
program goes on from its newest whole checkpoint; the finished adapter appears under its name all at once.
It ends when its standard input is a pipe whose other end closes, so that it never outlives who started it.
Exit codes: 0 done, 1 failed (progress.json says why), 75 another trainer holds the run or the parent is gone.
"""

import errno
import fcntl
import gc
import hashlib
import json
import math
import os
import shutil
import stat
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from upspiral.chat_template import fit_messages

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
}
MANIFEST = "upspiral.json"
WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
TRY_AGAIN = 75
MERGED_TOKENS = 2
"""Tokens at the end of a prompt that may merge with the beginning of the answer."""
LOCK_WAIT_S = 20.0
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FULL_SAYINGS = (
    "No space left",
    "File too large",
    "Disk quota",
    "PytorchStreamWriter failed",
    "unexpected pos",
)
NO_MEMORY_SAYINGS = ("out of memory", "can't allocate memory", "DefaultCPUAllocator")


@dataclass(frozen=True)
class Spec:
    """What to train, on what, and how; the keys of spec.json."""

    base: str
    dataset: str
    output: str
    name: str
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    target_modules: str | list[str] = "all-linear"
    learning_rate: float = 2e-4
    epochs: float = 3.0
    max_steps: int = -1
    batch_size: int = 4
    gradient_accumulation: int = 8
    max_length: int = 1024
    seed: int = 0
    threads: int = 2
    quantize: bool = False
    """Load the base in 4 bits where there is a GPU; ignored elsewhere."""
    start_from: str | None = None
    """Adapter to go on from; a new one is started where there is none."""
    checkpoint_every: int = 0
    """Steps between checkpoints; 0 for a twentieth of the training, but at least 10 steps."""
    dataset_sha256: str = ""
    probe: str = "Hello"

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read spec.json; keys meant for others are skipped."""
        try:
            said = json.loads(path.read_text())
            return cls(**{knob.name: said[knob.name] for knob in fields(cls) if knob.name in said})
        except (OSError, ValueError, TypeError) as error:
            raise Failure("bad_spec", f"{path} cannot be read: {error}.", "Write the spec again.") from error


class Failure(Exception):
    """The training cannot go on; says what is wrong and what to do next."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


@dataclass
class Progress:
    """The file that tells others how far the run is; replaced whole, never half-written."""

    path: Path
    said: dict[str, Any] = field(
        default_factory=lambda: {
            "state": "starting",
            "step": 0,
            "total_steps": 0,
            "loss": None,
            "started": _now(),
            "resumed_from": None,
            "error": None,
        }
    )

    def write(self, **changes: Any) -> None:
        """Change some entries and replace the file."""
        self.said |= {**changes, "updated": _now()}
        half = self.path.with_suffix(".half")
        half.write_text(json.dumps(self.said))
        half.replace(self.path)

    def fail(self, failure: Failure) -> None:
        """Write down what went wrong; on standard error if the disk takes no more."""
        error = {"code": failure.code, "message": failure.message, "hint": failure.hint}
        try:
            self.write(state="failed", error=error)
        except OSError:
            sys.stderr.write(json.dumps(self.said) + "\n")
        else:
            sys.stderr.write(f"{failure.code}: {failure.message} {failure.hint}\n")


def main() -> int:
    """Run one training to its end."""
    if len(sys.argv) != 2:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    os.environ.update(OFFLINE)
    _die_with_parent()
    folder = Path(sys.argv[1]).resolve()
    progress = Progress(folder / "progress.json")
    try:
        with _only_trainer(folder / "lock"):
            _run(folder, progress)
    except BlockingIOError:
        sys.stderr.write(f"Another trainer holds {folder / 'lock'}.\n")
        return TRY_AGAIN
    except BaseException as error:
        progress.fail(_explain(error, folder))
        return 1
    return 0


def _run(folder: Path, progress: Progress) -> None:
    progress.write()
    spec = Spec.read(folder / "spec.json")
    output = Path(spec.output)
    if not is_complete(output):
        _train(spec, folder, progress)
    manifest = json.loads((output / MANIFEST).read_text())
    progress.write(
        state="succeeded", step=manifest["steps"], total_steps=manifest["steps"], loss=manifest["loss"]
    )
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)


def is_complete(output: Path) -> bool:
    """Whether a finished adapter lies there, byte for byte as its manifest says."""
    try:
        manifest = json.loads((output / MANIFEST).read_text())
        return all(_sha256(output / name) == manifest["files"][name] for name in (CONFIG, WEIGHTS))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _train(spec: Spec, folder: Path, progress: Progress) -> None:
    import torch
    import transformers

    torch.set_num_threads(spec.threads)
    transformers.utils.logging.disable_progress_bar()
    transformers.set_seed(spec.seed)
    conversations = _read_conversations(Path(spec.dataset))
    tokenizer, model = _load_base(spec)
    rows, left_out = _tokenize(conversations, tokenizer, spec)
    progress.write(left_out=left_out)
    trainer = _make_trainer(spec, model, tokenizer, rows=rows, folder=folder)
    trainer.add_callback(_make_reporter(progress, folder, spec))
    progress.write(state="running")
    _resume(trainer, folder, progress, spec)
    loss = progress.said["loss"]
    if loss is None or not math.isfinite(loss):
        raise _to_failure("the loss", loss, spec)
    _export(spec, trainer, tokenizer, steps=trainer.state.global_step, loss=loss)


def _read_conversations(path: Path) -> list[list[dict[str, str]]]:
    conversations = []
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _bad_dataset(f"The dataset {path} cannot be read: {error}.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            conversations.append(_conversation(line, f"Line {number} of {path}"))
    if not conversations:
        raise _bad_dataset(f"The dataset {path} holds no examples.")
    return conversations


def _conversation(line: str, where: str) -> list[dict[str, str]]:
    try:
        said = json.loads(line)["messages"]
        messages = [{"role": message["role"], "content": message["content"] or ""} for message in said]
    except (ValueError, KeyError, TypeError) as error:
        raise _bad_dataset(f'{where} is no {{"messages": [...]}}: {line[:80]!r}.') from error
    if not all(isinstance(text, str) for message in messages for text in message.values()):
        raise _bad_dataset(f"{where} has a role or content that is no text: {line[:80]!r}.")
    if not messages or messages[-1]["role"] != "assistant" or not messages[-1]["content"]:
        raise _bad_dataset(f"{where} does not end with an answer of the assistant: {line[:80]!r}.")
    return messages


def _load_base(spec: Spec) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

    base = Path(spec.base)
    hint = "Give a folder with config.json, the tokenizer and *.safetensors."
    if not (base / "config.json").is_file():
        raise Failure("bad_base", f"There is no model in {base}.", hint)
    wanted: dict[str, Any] = {"dtype": torch.float32}
    if torch.cuda.is_available():
        wanted = {"dtype": torch.bfloat16, "device_map": {"": 0}}
        if spec.quantize:
            wanted["quantization_config"] = BitsAndBytesConfig(
                load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
            )
    elif spec.quantize:
        sys.stderr.write("There is no GPU here: the base is loaded unquantized.\n")
    try:
        tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(
            base, local_files_only=True, use_safetensors=True, trust_remote_code=False, **wanted
        )
    except Exception as error:
        if _is_known(error):
            raise
        raise Failure(
            "bad_base", f"The base model {base} cannot be loaded: {_short(error)}.", hint
        ) from error
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    return tokenizer, model


def _tokenize(
    conversations: list[Any], tokenizer: Any, spec: Spec
) -> tuple[list[dict[str, list[int]]], dict[str, int]]:
    """Token ids, and as labels those of the last answer alone: earlier turns are only its context.

    A conversation that the chat template refuses is left out; the others are taught. System messages stand in
    the user's turn where the template has no place for them, as the local host writes them. Gives the rows,
    and how many were left out for which reason.
    """
    rows, left_out = [], Counter[str]()
    for conversation in conversations:
        try:
            ids, start, end = _encode(fit_messages(conversation, tokenizer), tokenizer)
        except Exception as error:
            if _is_known(error):
                raise
            left_out[_short(error)] += 1
            continue
        labels = [-100] * start + ids[start:end] + [-100] * (len(ids) - end)
        rows.append({"input_ids": ids[-spec.max_length :], "labels": labels[-spec.max_length :]})
    for reason, count in left_out.items():
        sys.stderr.write(f"{count} of {len(conversations)} conversations are left out: {reason}.\n")
    if not any(label != -100 for row in rows for label in row["labels"]):
        why = next((reason for reason, _ in left_out.most_common(1)), "no word of an answer is marked in it")
        raise Failure(
            "bad_base",
            f"The chat template of {spec.base} takes none of {len(conversations)} conversations: {why}.",
            "Mend chat_template.jinja in the base's folder, or choose another base.",
        )
    return rows, dict(left_out)


def _encode(conversation: list[dict[str, str]], tokenizer: Any) -> tuple[list[int], int, int]:
    """The ids of a conversation, and where its last answer begins and ends.

    A template that marks the assistant's words says so itself. For any other, the answer is what stands after
    the prompt that the model is given when it has to answer.
    """
    template = tokenizer.chat_template or ""
    if "generation" in template and "endgeneration" in template:
        encoded = tokenizer.apply_chat_template(
            conversation, return_dict=True, return_assistant_tokens_mask=True
        )
        ids, mask = encoded["input_ids"], encoded["assistant_masks"]
        end = len(mask) - mask[::-1].index(1) if 1 in mask else 0
        return ids, next((at + 1 for at in range(end - 1, -1, -1) if not mask[at]), 0), end
    ids = tokenizer.apply_chat_template(conversation, return_dict=True)["input_ids"]
    prompt = tokenizer.apply_chat_template(conversation[:-1], add_generation_prompt=True, return_dict=True)[
        "input_ids"
    ]
    pairs = zip(ids, prompt, strict=False)
    start = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(ids), len(prompt)))
    if len(prompt) - start > MERGED_TOKENS:
        raise ValueError("the chat template writes a conversation otherwise before its answer than after it")
    ends = [at for at in range(start, len(ids)) if ids[at] == tokenizer.eos_token_id]
    return ids, start, ends[-1] + 1 if ends else len(ids)


def _make_trainer(
    spec: Spec, model: Any, tokenizer: Any, *, rows: list[dict[str, list[int]]], folder: Path
) -> Any:
    import torch
    from datasets import Dataset
    from peft import LoraConfig, PeftModel
    from trl import SFTConfig, SFTTrainer

    gpu = torch.cuda.is_available()
    total = _total_steps(spec, len(rows))
    config = SFTConfig(
        output_dir=str(folder / "checkpoints"),
        num_train_epochs=spec.epochs,
        max_steps=spec.max_steps,
        per_device_train_batch_size=spec.batch_size,
        gradient_accumulation_steps=spec.gradient_accumulation,
        learning_rate=spec.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=max(1, total // 20),
        max_length=spec.max_length,
        dataset_kwargs={"skip_prepare_dataset": True},
        save_strategy="steps",
        save_steps=_save_steps(spec, total),
        save_total_limit=2,
        logging_steps=1,
        logging_nan_inf_filter=False,
        use_cpu=not gpu,
        bf16=gpu,
        gradient_checkpointing=gpu,
        dataloader_pin_memory=gpu,
        disable_tqdm=True,
        report_to="none",
        seed=spec.seed,
        data_seed=spec.seed,
    )
    lora = LoraConfig(
        r=spec.rank,
        lora_alpha=spec.alpha,
        lora_dropout=spec.dropout,
        target_modules=spec.target_modules,
        task_type="CAUSAL_LM",
    )
    if spec.start_from:
        model = PeftModel.from_pretrained(model, spec.start_from, is_trainable=True)
    return SFTTrainer(
        model=model,
        args=config,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=None if spec.start_from else lora,
    )


def _total_steps(spec: Spec, rows: int) -> int:
    if spec.max_steps > 0:
        return spec.max_steps
    return math.ceil(spec.epochs * math.ceil(rows / (spec.batch_size * spec.gradient_accumulation)))


def _save_steps(spec: Spec, total: int) -> int:
    return spec.checkpoint_every or max(10, total // 20)


def _make_reporter(progress: Progress, folder: Path, spec: Spec) -> Any:
    """A callback that writes the progress, seals checkpoints and stops a training that diverged."""
    from transformers import TrainerCallback

    class Reporter(TrainerCallback):  # type: ignore[misc]
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            progress.write(total_steps=state.max_steps, step=state.global_step)

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float], **_: Any) -> None:
            for name in ("loss", "grad_norm"):
                if name in logs and not math.isfinite(logs[name]):
                    raise _to_failure(f"{name} at step {state.global_step}", logs[name], spec)
            if "loss" in logs:
                progress.write(step=state.global_step, loss=logs["loss"])
                with (folder / "losses.jsonl").open("a") as losses:  # a resumed run writes some steps again
                    losses.write(json.dumps({"step": state.global_step, "loss": logs["loss"]}) + "\n")

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            _seal(folder / "checkpoints" / f"checkpoint-{state.global_step}", spec)

    return Reporter()


def _seal(checkpoint: Path, spec: Spec) -> None:
    """Mark a checkpoint as whole: what it was made for and the hash of each file."""
    files = {path.name: _sha256(path) for path in sorted(checkpoint.iterdir())}
    _write_synced(checkpoint / "whole.json", json.dumps({"spec": asdict(spec), "files": files}).encode())


def _newest_whole(checkpoints: Path, spec: Spec) -> Path | None:
    """The newest checkpoint that is whole and of this spec; broken ones are removed on the way."""
    found = sorted(
        checkpoints.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]), reverse=True
    )
    for checkpoint in found:
        try:
            seal = json.loads((checkpoint / "whole.json").read_text())
            whole = seal["spec"] == asdict(spec) and all(
                _sha256(checkpoint / name) == sha256 for name, sha256 in seal["files"].items()
            )
        except (OSError, ValueError, KeyError, TypeError):
            whole = False
        if whole:
            return checkpoint
        sys.stderr.write(f"The checkpoint {checkpoint} is not whole and is thrown away.\n")
        shutil.rmtree(checkpoint, ignore_errors=True)
    return None


def _resume(trainer: Any, folder: Path, progress: Progress, spec: Spec) -> None:
    checkpoint = _newest_whole(folder / "checkpoints", spec)
    if checkpoint is not None:
        progress.write(resumed_from=int(checkpoint.name.split("-")[1]))
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)


def _export(spec: Spec, trainer: Any, tokenizer: Any, *, steps: int, loss: float) -> None:
    """Write the adapter beside its final place, then give it its name all at once."""
    output = Path(spec.output)
    half = output.with_name(f".{output.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True, mode=0o700)
    trainer.model.save_pretrained(half, safe_serialization=True)
    for path in half.iterdir():
        if path.name not in (CONFIG, WEIGHTS):
            path.unlink()
    manifest = _manifest(
        spec, half, steps=steps, loss=loss, probe=_probe(trainer.model, tokenizer, spec.probe)
    )
    (half / MANIFEST).write_text(json.dumps(manifest, indent=1))
    for path in (*half.iterdir(), half):
        _sync(path)
    _make_room(output)
    half.rename(output)
    _sync(output.parent)


def _manifest(spec: Spec, folder: Path, *, steps: int, loss: float, probe: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": spec.name,
        "recipe": "sft_lora",
        "base": spec.base,
        "base_sha256": _base_sha256(Path(spec.base)),
        "dataset_sha256": spec.dataset_sha256 or _sha256(Path(spec.dataset)),
        "seed": spec.seed,
        "rank": spec.rank,
        "steps": steps,
        "loss": loss,
        "spec": asdict(spec),
        "versions": {name: version(name) for name in ("torch", "transformers", "trl", "peft")},
        "files": {name: _sha256(folder / name) for name in (CONFIG, WEIGHTS)},
        "probe": probe,
        "created": _now(),
    }


def _probe(model: Any, tokenizer: Any, text: str) -> dict[str, Any]:
    """The likeliest first words of the answer to a fixed question: a fingerprint of the weights."""
    import torch

    messages = [{"role": "user", "content": text}]
    encoded = tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    model.eval()
    with torch.inference_mode():
        ids = encoded["input_ids"].to(model.device)
        logits = model(input_ids=ids).logits[0, -1].float()
        top = torch.log_softmax(logits, dim=-1).topk(5)
    likeliest = zip(top.indices.tolist(), top.values.tolist(), strict=True)
    return {
        "messages": messages,
        "top_logprobs": {tokenizer.decode([token]): value for token, value in likeliest},
    }


def _make_room(output: Path) -> None:
    """Remove an unfinished adapter of an earlier run, and nothing that is not ours."""
    if not output.exists():
        return
    strange = {path.name for path in output.iterdir()} - {CONFIG, WEIGHTS, MANIFEST}
    if strange:
        raise Failure(
            "output_taken", f"{output} holds other files: {sorted(strange)}.", "Name another output folder."
        )
    shutil.rmtree(output)


def _base_sha256(base: Path) -> str:
    """Hash of model.safetensors; of all parts in turn where there are several."""
    parts = sorted(base.glob("*.safetensors"))
    if len(parts) == 1:
        return _sha256(parts[0])
    return hashlib.sha256("".join(_sha256(part) for part in parts).encode()).hexdigest()


def _explain(error: BaseException, folder: Path) -> Failure:
    """What a person can do about it."""
    if isinstance(error, Failure):
        return error
    chain = list(_chain(error))
    known = next((link for link in chain if isinstance(link, Failure)), None)
    if known is not None:
        return known
    if any(_is_disk_full(link) for link in chain):
        free = shutil.disk_usage(folder).free // 2**20
        return Failure(
            "disk_full",
            f"The disk of {folder} took no more ({free} MiB free): {_short(error)}.",
            "Free some space and run the night again; it goes on from the newest checkpoint.",
        )
    if any(_is_out_of_memory(link) for link in chain):
        return Failure(
            "out_of_memory",
            f"The training did not fit into memory: {_short(error)}.",
            "Lower batch_size or max_length, or raise gradient_accumulation in their place.",
        )
    return Failure(
        "unexpected", f"{type(error).__name__}: {_short(error)}.", "See output.log in the run folder."
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_known(error: BaseException) -> bool:
    return any(_is_disk_full(link) or _is_out_of_memory(link) for link in _chain(error))


def _is_disk_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in FULL:
        return True
    return any(saying in str(error) for saying in FULL_SAYINGS)


def _is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or any(saying in str(error) for saying in NO_MEMORY_SAYINGS)


def _bad_dataset(message: str) -> Failure:
    return Failure(
        "bad_dataset", message, 'Write one {"messages": [..., {"role": "assistant", ...}]} a line.'
    )


def _to_failure(what: str, value: float | None, spec: Spec) -> Failure:
    return Failure(
        "diverged",
        f"The training diverged: {what} is {value} with learning_rate {spec.learning_rate}.",
        f"Try learning_rate {spec.learning_rate / 5:g}.",
    )


def _short(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300].rstrip(".") if lines else type(error).__name__


@contextmanager
def _only_trainer(path: Path) -> Iterator[None]:
    """Hold the run's lock, or raise BlockingIOError once the patience is over."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        deadline = time.monotonic() + LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        yield


def _die_with_parent() -> None:
    """End at once when the pipe on standard input closes; a terminal or file is no parent."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        threading.Thread(target=_end_at_eof, daemon=True).start()


def _end_at_eof() -> None:
    while os.read(0, 4096):
        pass
    os._exit(TRY_AGAIN)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_synced(path: Path, data: bytes) -> None:
    half = path.with_name(path.name + ".half")
    half.write_bytes(data)
    _sync(half)
    half.replace(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    gc.disable()
    os._exit(code)
