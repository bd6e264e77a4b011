"""How do several adapters on one base answer from one process? A small server with vLLM's LoRA routes.

A whole program, run as a child process and never imported. One thread owns the model; waiting requests
are answered together in one batch, whichever adapters they ask for.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import queue
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}

import torch
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.cache_utils import DynamicCache

from upspiral.chat_template import fit_messages
from upspiral.deploy.servers.lora_batch import Adapters
from upspiral.logs import configure

BASE = "base"
MAX_WAITING = 256


class Refused(Exception):
    """A request that cannot be answered, with the HTTP status that says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Job:
    """One request on its way through the model."""

    prompt: list[int]
    adapter: str | None
    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    min_tokens: int = 0
    stop: tuple[str, ...] = ()
    top_logprobs: int = 0
    generator: torch.Generator | None = None
    on_text: Callable[[str], object] | None = None
    on_done: Callable[[Job], object] = lambda _job: None
    tokens: list[int] = field(default_factory=list)
    text: str = ""
    logprobs: list[dict[str, Any]] = field(default_factory=list)
    finish_reason: str | None = None
    error: str | None = None


class Model:
    """The base, its adapters, and the thread that owns them."""

    def __init__(self, folder: str, *, threads: int, max_batch: int) -> None:
        torch.set_num_threads(threads)
        self.folder = folder
        self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self.tokenizer.padding_side = "left"
        self.base = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, use_safetensors=True
        ).eval()
        self.longest = int(getattr(self.base.config, "max_position_embeddings", 2048))
        self.ends = _end_tokens(self.base, self.tokenizer)
        self.pad = int(self.tokenizer.pad_token_id or 0)
        self.adapters: dict[str, str] = {}
        self._on_base = Adapters(self.base)
        self._max_batch = max_batch
        self.waiting: queue.Queue[Job | Callable[[], None]] = queue.Queue()
        threading.Thread(target=self._work, daemon=True, name="model").start()

    def call(self, task: Callable[[], None]) -> None:
        """Run something on the thread that owns the model, and wait for it."""
        done, failed = threading.Event(), []

        def run() -> None:
            try:
                task()
            except Exception as error:  # told to the caller below
                failed.append(error)
            finally:
                done.set()

        self.waiting.put(run)
        done.wait()
        if failed:
            raise failed[0]

    def load(self, name: str, folder: str) -> None:
        """Load an adapter under a new name."""
        if name in self.adapters or name == BASE:
            raise Refused(400, f"The lora adapter '{name}' has already been loaded.")
        if not Path(folder).is_dir():
            raise Refused(404, f"There is no adapter folder {folder}.")
        try:
            self._on_base.load(name, Path(folder))
        except Exception as error:
            raise Refused(400, f"The adapter in {folder} cannot be loaded: {str(error)[:300]}") from error
        self.adapters[name] = folder

    def unload(self, name: str) -> None:
        """Forget an adapter."""
        if name not in self.adapters:
            raise Refused(404, f"The lora adapter '{name}' cannot be found.")
        del self.adapters[name]
        self._on_base.unload(name)

    def _work(self) -> None:
        while True:
            batch: list[Job] = []
            task: Job | Callable[[], None] | None = self.waiting.get()
            while task is not None:
                if not isinstance(task, Job):
                    break
                batch.append(task)
                task = self._next() if len(batch) < self._max_batch else None
            if batch:
                self._answer(batch)
            if task is not None and not isinstance(task, Job):
                task()

    def _next(self) -> Job | Callable[[], None] | None:
        try:
            return self.waiting.get_nowait()
        except queue.Empty:
            return None

    def _answer(self, batch: list[Job]) -> None:
        try:
            for job in batch:
                if job.adapter and job.adapter not in self.adapters:
                    job.error = f"The model '{job.adapter}' was unloaded."
            self._decode([job for job in batch if job.error is None])
        except Exception as error:
            for job in batch:
                job.error = job.error or f"{type(error).__name__}: {error}"
        for job in batch:
            job.on_done(job)

    def _decode(self, jobs: list[Job]) -> None:
        if not jobs:
            return
        with torch.inference_mode():
            self._on_base.choose(job.adapter for job in jobs)
            self._loop(jobs)

    def _loop(self, jobs: list[Job]) -> None:
        widest = max(len(job.prompt) for job in jobs)
        ids = torch.tensor([[self.pad] * (widest - len(job.prompt)) + job.prompt for job in jobs])
        mask = torch.tensor([[0] * (widest - len(job.prompt)) + [1] * len(job.prompt) for job in jobs])
        cache, positions = DynamicCache(config=self.base.config), (mask.cumsum(1) - 1).clamp(min=0)
        while True:
            whole = None if mask.all() else mask
            step = {"input_ids": ids, "attention_mask": whole, "position_ids": positions}
            chosen = self._step(jobs, {**step, "past_key_values": cache})
            if all(job.finish_reason for job in jobs):
                return
            ids = torch.tensor(chosen).unsqueeze(1)
            mask = torch.cat([mask, torch.ones(len(jobs), 1, dtype=mask.dtype)], dim=1)
            positions = positions[:, -1:] + 1

    def _step(self, jobs: list[Job], step: dict[str, Any]) -> list[int]:
        logits = self.base(**step, use_cache=True, logits_to_keep=1).logits[:, -1].float()
        likeliest = logits.argmax(dim=-1).tolist()
        return [self._take(job, *of) for job, *of in zip(jobs, logits, likeliest, strict=True)]

    def _take(self, job: Job, logits: Any, likeliest: int) -> int:
        """Choose the next token of a job, and note whether it was the last."""
        if job.finish_reason is not None:
            return self.pad
        if len(job.tokens) < job.min_tokens:
            logits[self.ends] = float("-inf")
            likeliest = int(logits.argmax())
        token = likeliest if job.temperature <= 0 else _draw(job, logits)
        if job.top_logprobs:
            job.logprobs.append(_logprobs(self, logits, token, job.top_logprobs))
        if token in self.ends:
            job.finish_reason = "stop"
        else:
            job.tokens.append(token)
            if len(job.tokens) >= job.max_tokens:
                job.finish_reason = "length"
        if job.on_text or job.stop or job.finish_reason:
            self._say(job)
        return token

    def _say(self, job: Job) -> None:
        text = self.tokenizer.decode(job.tokens, skip_special_tokens=True)
        for stop in job.stop:
            if stop in text:
                text, job.finish_reason = text.split(stop)[0], "stop"
        if len(text) > len(job.text) and (job.finish_reason or not text.endswith("\ufffd")):
            if job.on_text:
                job.on_text(text[len(job.text) :])
            job.text = text


def _end_tokens(base: Any, tokenizer: Any) -> list[int]:
    configured = base.generation_config.eos_token_id
    ends = configured if isinstance(configured, list) else [configured]
    return sorted({int(end) for end in [*ends, tokenizer.eos_token_id] if end is not None})


def _draw(job: Job, logits: Any) -> int:
    shares = torch.softmax(logits / job.temperature, dim=-1)
    if job.top_p < 1:
        ranked, order = shares.sort(descending=True)
        ranked[ranked.cumsum(0) - ranked > job.top_p] = 0
        shares = torch.zeros_like(shares).scatter(0, order, ranked)
    return int(torch.multinomial(shares, 1, generator=job.generator))


def _logprobs(model: Model, logits: Any, token: int, count: int) -> dict[str, Any]:
    logs = torch.log_softmax(logits, dim=-1)
    best = logs.topk(count)
    top = [_entry(model, int(i), float(v)) for i, v in zip(best.indices, best.values, strict=True)]
    return {**_entry(model, token, float(logs[token])), "top_logprobs": top}


def _entry(model: Model, token: int, logprob: float) -> dict[str, Any]:
    return {"token": model.tokenizer.decode([token]), "logprob": logprob, "bytes": None}


def _job(model: Model, body: dict[str, Any]) -> Job:
    name, messages = body.get("model"), body.get("messages")
    if name not in (BASE, model.folder) and name not in model.adapters:
        raise Refused(404, f"The model '{name}' does not exist.")
    if not isinstance(messages, list) or not messages or not all(isinstance(m, dict) for m in messages):
        raise Refused(400, "messages must be a list with at least one message.")
    if not isinstance(body.get("stream_options") or {}, dict):
        raise Refused(400, "stream_options must be an object.")
    try:
        told = [{**one, "content": _text(one.get("content"))} for one in messages]
        told = fit_messages(told, model.tokenizer)
        prompt = model.tokenizer.apply_chat_template(told, add_generation_prompt=True, return_dict=False)
    except Refused:
        raise
    except Exception as error:
        raise Refused(400, f"The messages do not fit the chat template: {str(error)[:200]}") from error
    wanted = int(_number(body, "max_completion_tokens") or _number(body, "max_tokens") or 256)
    room = model.longest - len(prompt)
    if room < 1:
        raise Refused(400, f"The prompt has {len(prompt)} tokens, the model takes {model.longest}.")
    seed = _number(body, "seed", least=-(2.0**63))
    return Job(
        prompt=list(prompt),
        adapter=str(name) if name in model.adapters else None,
        max_tokens=max(1, min(wanted, room)),
        temperature=_number(body, "temperature") or 0.0,
        top_p=_number(body, "top_p", most=1.0) or 1.0,
        min_tokens=int(_number(body, "min_tokens") or 0),
        stop=_stops(body),
        top_logprobs=max(1, min(20, int(_number(body, "top_logprobs") or 1))) if body.get("logprobs") else 0,
        generator=torch.Generator().manual_seed(int(seed)) if seed is not None else None,
    )


def _number(
    body: dict[str, Any], name: str, *, least: float = 0.0, most: float = 2.0**63 - 1
) -> float | None:
    """Read a number of the request; None where it is left out."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Refused(400, f"{name} must be a number from {least:g} to {most:g}, not {str(value)[:60]!r}.")
    return value


def _text(content: Any) -> Any:
    """Give the words of a message that came in parts: templates of text models take nothing else."""
    if not isinstance(content, list):
        return content
    if other := [one for one in content if not isinstance(one, dict) or one.get("type") != "text"]:
        kind = other[0].get("type") if isinstance(other[0], dict) else type(other[0]).__name__
        raise Refused(400, f"This model reads text alone, and a message has a part of the type {kind!r}.")
    return "\n".join(str(one.get("text") or "") for one in content)


def _stops(body: dict[str, Any]) -> tuple[str, ...]:
    stop = body.get("stop")
    stops = [stop] if isinstance(stop, str) else stop or []
    if not isinstance(stops, list) or not all(isinstance(text, str) and text for text in stops):
        raise Refused(400, f"stop must be a text or a list of texts, not {str(stop)[:60]!r}.")
    return tuple(stops)


def _usage(job: Job) -> dict[str, int]:
    prompt, said = len(job.prompt), len(job.tokens)
    return {"prompt_tokens": prompt, "completion_tokens": said, "total_tokens": prompt + said}


async def _chat(request: Request) -> Response:
    model: Model = request.app.state.model
    body = await _read(request)
    if model.waiting.qsize() >= MAX_WAITING:
        return _error(503, "Too many requests are waiting.", {"Retry-After": "1"})
    job = _job(model, body)
    said: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    job.on_done = lambda _job: loop.call_soon_threadsafe(said.put_nowait, None)
    if body.get("stream"):
        job.on_text = lambda text: loop.call_soon_threadsafe(said.put_nowait, text)
        model.waiting.put(job)
        return StreamingResponse(_events(job, said, body), media_type="text/event-stream")
    model.waiting.put(job)
    await said.get()
    if job.error:
        return _error(500, job.error)
    choice: dict[str, Any] = {
        "index": 0,
        "message": {"role": "assistant", "content": job.text},
        "finish_reason": job.finish_reason,
    }
    if job.top_logprobs:
        choice["logprobs"] = {"content": job.logprobs}
    return JSONResponse({**_head(body, "chat.completion"), "choices": [choice], "usage": _usage(job)})


async def _events(job: Job, said: asyncio.Queue[str | None], body: dict[str, Any]) -> AsyncIterator[str]:
    head = _head(body, "chat.completion.chunk")

    def event(delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"

    yield event({"role": "assistant", "content": ""})
    while (text := await said.get()) is not None:
        yield event({"content": text})
    if job.error:
        yield f"data: {json.dumps({'error': {'message': job.error, 'type': 'server_error'}})}\n\n"
        return
    yield event({}, job.finish_reason)
    if (body.get("stream_options") or {}).get("include_usage"):
        yield f"data: {json.dumps({**head, 'choices': [], 'usage': _usage(job)})}\n\n"
    yield "data: [DONE]\n\n"


def _head(body: dict[str, Any], kind: str) -> dict[str, Any]:
    ident = f"chatcmpl-{time.time_ns():x}"
    return {"id": ident, "object": kind, "created": int(time.time()), "model": body["model"]}


async def _load(request: Request) -> Response:
    model, body = request.app.state.model, await _read(request)
    name, folder = str(body.get("lora_name") or ""), str(body.get("lora_path") or "")
    if not name or not folder or "." in name:
        raise Refused(400, "Give lora_name (without dots) and lora_path.")
    await asyncio.to_thread(model.call, lambda: model.load(name, folder))
    return JSONResponse({"status": f"Success: LoRA adapter '{name}' added successfully."})


async def _unload(request: Request) -> Response:
    model, body = request.app.state.model, await _read(request)
    name = str(body.get("lora_name") or "")
    await asyncio.to_thread(model.call, lambda: model.unload(name))
    return JSONResponse({"status": f"Success: LoRA adapter '{name}' removed successfully."})


async def _models(request: Request) -> Response:
    model: Model = request.app.state.model
    entries = [{"id": BASE, "object": "model", "root": model.folder, "parent": None}]
    entries += [
        {"id": name, "object": "model", "root": folder, "parent": BASE}
        for name, folder in model.adapters.items()
    ]
    return JSONResponse({"object": "list", "data": entries})


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _read(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError as error:
        raise Refused(400, f"The body is no JSON: {error}.") from error
    if not isinstance(body, dict):
        raise Refused(400, "The body is no JSON object.")
    return body


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    kind = "invalid_request_error" if status < 500 else "server_error"
    return JSONResponse({"error": {"message": message, "type": kind, "code": status}}, status, headers)


async def _answer_refused(_request: Request, error: Exception) -> Response:
    return _error(error.status if isinstance(error, Refused) else 500, str(error))


def _die_with_parent() -> None:
    def wait() -> None:
        # Not sys.stdin: a thread that holds its lock makes Python abort when the program ends by itself.
        while os.read(0, 4096):
            pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True, name="parent").start()


def main() -> None:
    """Load the base, say where it listens, and answer until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--max-batch", type=int, default=16)
    parser.add_argument("--die-with-parent", action="store_true")
    chosen = parser.parse_args()
    if chosen.die_with_parent:
        _die_with_parent()
    routes = [
        Route("/v1/chat/completions", _chat, methods=["POST"]),
        Route("/v1/load_lora_adapter", _load, methods=["POST"]),
        Route("/v1/unload_lora_adapter", _unload, methods=["POST"]),
        Route("/v1/models", _models),
        Route("/health", _health),
    ]
    app = Starlette(routes=routes, exception_handlers={Refused: _answer_refused})
    try:
        app.state.model = Model(chosen.base, threads=chosen.threads, max_batch=chosen.max_batch)
    except Exception as error:
        print(f"failed {type(error).__name__}: {' '.join(str(error).split())[:400]}", flush=True)  # noqa: T201 - read by the parent
        raise
    configure()  # after the base is loaded: until then nothing was asked, and the parent reads the last words
    listener = socket.create_server((chosen.host, chosen.port))
    print(f"ready http://{chosen.host}:{listener.getsockname()[1]}", flush=True)  # noqa: T201 - read by the parent
    uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).run(sockets=[listener])


if __name__ == "__main__":
    main()
