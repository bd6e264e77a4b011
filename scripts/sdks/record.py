"""What does each real SDK send? Runs small programs against a model that is played, and keeps what they send.

Usage: python -m scripts.sdks.record [NAME ...]

The SDKs are installed from lock/sdks.txt and its like on the first run. Nothing leaves this machine.
"""

import base64
import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from scripts.sdks.environments import AI_SDK, NODE, prepare_command
from scripts.sdks.model_host import APIS, REFUSAL, answer_chat, is_refused, stream_chat
from scripts.sdks.scrub import scrub_traces

KEPT = Path(__file__).parents[2] / "tests" / "capture" / "sdks"
TIMEOUT_S = 240
LANGFUSE = ("langfuse", "langfuse_prompt")
"""Programs of Langfuse's client."""
NAMES = (
    *("openai_v2", "openinference", "openllmetry", "langfuse", "langsmith", "pydantic_ai", "openai_agents"),
    *("litellm", "langgraph_openinference", "langgraph_openllmetry", "mlflow", "strands", "google_adk"),
    *("google_adk_openinference", "anthropic_sdk", "anthropic_openinference", "anthropic_openllmetry"),
    "ai_sdk",
)


class Recorder(ThreadingHTTPServer):
    """Plays the model's host, and keeps everything else that is sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.kept: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        """Give where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


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
        body = self._read_body()
        path = self.path.partition("?")[0]
        if answer := next((answer for end, answer in APIS.items() if path.endswith(end)), None):
            asked = json.loads(body)
            if is_refused(path, asked):
                self._say(REFUSAL, 400)
                return
            said = answer(asked)
            if answer is answer_chat and asked.get("stream"):
                self._send(stream_chat(said), "text/event-stream", 200)
            else:
                self._say(said)
            return
        kind = self.headers.get("content-type", "")
        if kind == "application/x-protobuf":
            body = scrub_traces(body)
        sent = {"path": self.path, "content_type": kind, "body": base64.b64encode(body).decode()}
        self.server.kept.append(sent)
        if self.path.endswith("/ingestion"):
            ids = [{"id": one["id"], "status": 201} for one in json.loads(body)["batch"]]
            self._say({"successes": ids, "errors": []}, 207)
        else:
            self._say({})

    def _read_body(self) -> bytes:
        if self.headers.get("transfer-encoding") == "chunked":
            body = b"".join(self._chunks())
        else:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
        return gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body

    def _chunks(self) -> list[bytes]:
        found = []
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            found.append(self.rfile.read(size))
            self.rfile.readline()
        return found

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


@contextmanager
def run_recorder() -> Iterator[Recorder]:
    """Play the host on a free port as long as the block runs."""
    recorder = Recorder()
    threading.Thread(target=recorder.serve_forever, daemon=True).start()
    try:
        yield recorder
    finally:
        recorder.shutdown()
        recorder.server_close()


def make_environment(name: str, *, host: str, traces: str, key: str = "k") -> dict[str, str]:
    """Give the variables with which an SDK finds the model's host and the server that takes its traces.

    Args:
        name: The program.
        host: Address of the model's host.
        traces: Address of the server that takes traces.
        key: Of that server.
    """
    ours = {
        "OPENAI_BASE_URL": f"{host}/v1",
        "OPENAI_API_BASE": f"{host}/v1",
        "OPENAI_API_KEY": "k",
        "ANTHROPIC_BASE_URL": host,
        "ANTHROPIC_API_KEY": "k",
        "GOOGLE_GEMINI_BASE_URL": host,
        "GOOGLE_API_KEY": "k",
        "OTEL_SERVICE_NAME": "shop",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{traces}/v1/traces",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{key}",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "NO_PROXY": "*",
    }
    if name in (*LANGFUSE, "langsmith"):  # they are to find their way by their own variables
        ours = {word: value for word, value in ours.items() if not word.startswith("OTEL_EXPORTER_")}
    if name in ("openai_v2", "litellm", "google_adk"):
        ours["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"
        ours["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_ONLY"
    return {**os.environ, **ours, **_make_own_variables(name, traces, key)}


def _make_own_variables(name: str, traces: str, key: str) -> dict[str, str]:
    """Give the variables that only one SDK reads."""
    if name in LANGFUSE:
        return {"LANGFUSE_HOST": traces, "LANGFUSE_PUBLIC_KEY": "pk", "LANGFUSE_SECRET_KEY": key}
    if name == "langsmith":
        told = {"LANGSMITH_TRACING": "true", "LANGSMITH_OTEL_ENABLED": "true", "LANGSMITH_OTEL_ONLY": "true"}
        return {**told, "LANGSMITH_API_KEY": key, "LANGSMITH_ENDPOINT": traces}
    if name == "litellm":
        sent = {"OTEL_EXPORTER": "otlp_http", "OTEL_ENDPOINT": f"{traces}/v1/traces"}
        return {**sent, "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer {key}"}
    if name == "anthropic_sdk":
        return {"ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE": "content"}
    return {}


def run_program(
    name: str, environment: dict[str, str], *, ending: str = "x"
) -> subprocess.CompletedProcess[str]:
    """Run one program to its end.

    Args:
        name: The program.
        environment: Its variables.
        ending: How the model's name ends; `refused` for one that the host does not have.

    Raises:
        CannotInstall: What it needs cannot be had here.
    """
    return subprocess.run(
        [*prepare_command(name), ending],
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        cwd=AI_SDK if name in NODE else os.environ.get("TMPDIR", "/tmp"),
    )


def record(name: str, ending: str) -> int:
    """Run one program and keep what it sends; give how many requests."""
    with run_recorder() as recorder:
        url = recorder.url
        done = run_program(name, make_environment(name, host=url, traces=url), ending=ending)
    if done.returncode or not recorder.kept:
        print(f"{name}: {done.returncode}\n{done.stderr[-1500:]}")
    if recorder.kept:
        KEPT.mkdir(exist_ok=True)
        file = KEPT / (f"{name}-refused.json" if ending == "refused" else f"{name}.json")
        file.write_text(json.dumps(recorder.kept, indent=1) + "\n")
    print(f"{name} {ending}: {len(recorder.kept)} requests", flush=True)
    return len(recorder.kept)


def main(*names: str) -> int:
    """Record some of the programs, or all; give how many sent nothing."""
    return sum(not record(name, ending) for name in names or NAMES for ending in ("x", "refused"))


if __name__ == "__main__":
    sys.exit(min(main(*sys.argv[1:]), 1))
