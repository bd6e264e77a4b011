"""What does each real SDK send? Runs small programs against a model that is played, and keeps what they send.

Usage: python scripts/record_sdks.py PYTHON [NAME ...]

PYTHON is the interpreter of an environment with the packages of lock/sdks.txt. Nothing leaves this machine.
"""

import base64
import gzip
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).parent / "sdk_programs.py"
KEPT = Path(__file__).parent.parent / "tests" / "capture" / "sdks"
TIMEOUT_S = 240
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'},
}
NAMES = (
    *("openai_v2", "openinference", "openllmetry", "langfuse", "langsmith", "pydantic_ai", "openai_agents"),
    *("litellm", "langgraph_openinference", "langgraph_openllmetry"),
)


class Recorder(ThreadingHTTPServer):
    """Plays the model's host, and keeps everything else that is sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.kept: list[dict[str, str]] = []


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Recorder

    def do_GET(self) -> None:
        """Answer what clients ask before they send."""
        owner = {"id": "o", "name": "o"}
        project = {"id": "p", "name": "p", "metadata": {}, "organization": owner}
        self._say({"data": [project], "status": "OK", "version": "1"})

    def do_POST(self) -> None:
        """Answer as the model, or keep what came."""
        if self.headers.get("transfer-encoding") == "chunked":
            body = b"".join(self._chunks())
        else:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if self.path.endswith("/chat/completions"):
            self._complete(json.loads(body))
            return
        kind = self.headers.get("content-type", "")
        sent = {"path": self.path, "content_type": kind, "body": base64.b64encode(body).decode()}
        self.server.kept.append(sent)
        if self.path.endswith("/ingestion"):
            ids = [{"id": one["id"], "status": 201} for one in json.loads(body)["batch"]]
            self._say({"successes": ids, "errors": []}, 207)
        else:
            self._say({})

    def _chunks(self) -> list[bytes]:
        found = []
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            found.append(self.rfile.read(size))
            self.rfile.readline()
        return found

    def _complete(self, asked: dict[str, Any]) -> None:
        done = asked["messages"][-1]["role"] == "tool" or not asked.get("tools")
        content = "It is 7 degrees in Oslo." if done else None
        message: dict[str, Any] = {"role": "assistant", "content": content}
        if not done:
            message["tool_calls"] = [CALL]
        reason = "stop" if done else "tool_calls"
        usage = {"prompt_tokens": 20, "completion_tokens": 8, "total_tokens": 28}
        usage |= {"prompt_tokens_details": {"cached_tokens": 4}}  # type: ignore[dict-item]
        ident = f"chatcmpl-{len(asked['messages'])}"
        whole = {"id": ident, "created": 1767614400, "model": "gpt-x-2026", "usage": usage}
        choice = {"index": 0, "finish_reason": reason}
        if not asked.get("stream"):
            choices = [{**choice, "message": message}]
            self._say({**whole, "object": "chat.completion", "choices": choices})
            return
        if not done:
            message["tool_calls"] = [{"index": 0, **CALL}]
        parts = [
            {**whole, "usage": None, "choices": [{"index": 0, "delta": message, "finish_reason": None}]},
            {**whole, "usage": None, "choices": [{**choice, "delta": {}}]},
            {**whole, "choices": []},
        ]
        lines = [json.dumps({**one, "object": "chat.completion.chunk"}) for one in parts]
        self._send("".join(f"data: {line}\n\n" for line in (*lines, "[DONE]")), "text/event-stream", 200)

    def _say(self, said: Any, status: int = 200) -> None:
        self._send(json.dumps(said), "application/json", status)

    def _send(self, said: str, kind: str, status: int) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(said.encode())))
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def environment(url: str, name: str) -> dict[str, str]:
    """Give the environment in which every SDK finds the recorder."""
    ours = {
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_BASE": f"{url}/v1",
        "OPENAI_API_KEY": "k",
        "OTEL_SERVICE_NAME": "shop",
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{url}/v1/traces",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_EXPORTER": "otlp_http",
        "OTEL_ENDPOINT": f"{url}/v1/traces",
        "LANGFUSE_HOST": url,
        "LANGFUSE_PUBLIC_KEY": "pk",
        "LANGFUSE_SECRET_KEY": "sk",
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_OTEL_ENABLED": "true",
        "LANGSMITH_OTEL_ONLY": "true",
        "LANGSMITH_API_KEY": "k",
        "LANGSMITH_ENDPOINT": url,
        "OPENAI_AGENTS_DISABLE_TRACING": "0",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "NO_PROXY": "*",
    }
    if name in ("openai_v2", "litellm"):
        ours["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"
        ours["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_ONLY"
    if name != "langsmith":
        ours = {key: value for key, value in ours.items() if not key.startswith("LANGSMITH_")}
    return {**os.environ, **ours}


def record(python: str, name: str) -> int:
    """Run one program; give how many requests it sent."""
    recorder = Recorder()
    threading.Thread(target=recorder.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{recorder.server_address[1]}"
    words = [python, str(PROGRAMS), name]
    done = subprocess.run(
        words,
        env=environment(url, name),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        cwd=os.environ.get("TMPDIR", "/tmp"),
    )
    recorder.shutdown()
    if done.returncode or not recorder.kept:
        print(f"{name}: {done.returncode}\n{done.stderr[-1500:]}")
    if recorder.kept:
        KEPT.mkdir(exist_ok=True)
        (KEPT / f"{name}.json").write_text(json.dumps(recorder.kept, indent=1) + "\n")
    print(f"{name}: {len(recorder.kept)} requests", flush=True)
    return len(recorder.kept)


def main(python: str, *names: str) -> int:
    """Record some of the programs, or all; give how many sent nothing."""
    return sum(not record(python, name) for name in names or NAMES)


if __name__ == "__main__":
    sys.exit(min(main(*sys.argv[1:]), 1))
