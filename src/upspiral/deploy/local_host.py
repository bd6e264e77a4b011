"""How does a local model become answerable? One child process per base, adapters loaded by name."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from upspiral.deploy.config import DeploySettings
from upspiral.deploy.identity import differs, fingerprint, top_logprobs
from upspiral.errors import HostError
from upspiral.logs import LogLimits, rotate
from upspiral.subprocess_env import child_environment

if TYPE_CHECKING:
    import httpx2

SERVER = Path(__file__).parent / "servers" / "peft_server.py"

HOST_LOG_LIMITS = LogLimits(max_bytes=20_000_000, files=2)
"""Of a host that is started; one that runs writes hardly anything."""
REST_AFTER_FAILED_START_S = 60.0
"""A base that did not start is not tried again for so long: requests would wait seconds for each try."""


class LocalHost:
    """One base model in a child process of ours, which dies with us; started when first needed."""

    def __init__(
        self,
        base: Path,
        *,
        settings: DeploySettings,
        log: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = base
        self._clock = clock
        self._failed: tuple[float, HostError] | None = None
        """When it last failed to start, and why."""
        self._settings = settings
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None
        self._url = ""
        self._wanted: dict[str, Path] = {}
        self._loaded: frozenset[str] = frozenset()
        self._lock = RLock()

    def is_ready(self, name: str | None) -> bool:
        """Say whether the base, or the adapter of that name, answers already."""
        child = self._child
        alive = bool(self._url) and child is not None and child.poll() is None
        return alive and (name is None or name in self._loaded)

    def ensure(self, name: str | None = None, adapter: Path | None = None) -> str:
        """Make the base, and the adapter where one is named, answerable; give the host's URL.

        Args:
            name: Immutable name of the adapter.
            adapter: Its folder.

        Raises:
            HostError: The host does not start, refuses the adapter, or answers with other weights. One that
                did not start says the same at once for a minute, instead of trying again for each request.
        """
        if self.is_ready(name):
            return self._url
        with self._lock:
            if self._child is None or self._child.poll() is not None:
                self._start_or_rest()
            if name and adapter:
                self._wanted[name] = adapter
            for known in self._wanted.keys() - self._loaded:
                self._load(known, self._wanted[known])
            return self._url

    def forget(self, name: str) -> None:
        """Unload an adapter that no longer answers anyone."""
        with self._lock:
            self._wanted.pop(name, None)
            if self.is_ready(name):
                self._loaded -= {name}
                self._post("/v1/unload_lora_adapter", {"lora_name": name})

    def close(self) -> None:
        """Stop the child."""
        if self._child is None:
            return
        self._url, self._loaded = "", frozenset()
        if self._child.stdin:
            self._child.stdin.close()
        self._child.terminate()
        try:
            self._child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdout:
            self._child.stdout.close()
        self._child = None

    def _start_or_rest(self) -> None:
        if self._failed and self._clock() < self._failed[0] + REST_AFTER_FAILED_START_S:
            raise self._failed[1]
        try:
            self._start()
        except HostError as error:
            self._failed = (self._clock(), error)
            raise
        self._failed = None

    def _start(self) -> None:
        self.close()
        if not (self._base / "config.json").exists():
            raise HostError(
                f"There is no model in {self._base}.",
                hint="Give the folder that holds config.json and the weights.",
            )
        self._log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, str(SERVER), "--base", str(self._base), "--port", "0", "--die-with-parent"]
        knobs = ["--threads", str(self._settings.threads), "--max-batch", str(self._settings.max_batch)]
        rotate(self._log, HOST_LOG_LIMITS)
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - a fixed program, arguments as a list
                [*command, *knobs],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=child_environment(),
                start_new_session=True,
            )
        self._url = self._wait()

    def _wait(self) -> str:
        """Wait for the line that says where the child listens; its death ends the wait too."""
        child = self._child
        assert child is not None and child.stdout is not None  # noqa: S101, PT018 - just started
        reason = ""
        for line in child.stdout:
            if line.startswith(b"ready "):
                return line.split()[1].decode()
            if line.startswith(b"failed "):
                reason = line.decode(errors="replace").removeprefix("failed ").strip().rstrip(".")
        code = child.wait()
        said = self._log.read_text(errors="replace").strip().splitlines()
        reason = reason or (said[-1] if said else f"it ended with exit code {code} and said nothing")
        missing = "ModuleNotFoundError" in reason
        remedy = 'Install the extra with `pip install "upspiral[train]"`.' if missing else "Mend its folder."
        raise HostError(
            f"The model in {self._base} cannot be loaded: {reason}.", hint=f"{remedy} See {self._log}, too."
        )

    def _load(self, name: str, adapter: Path) -> None:
        answer = self._post("/v1/load_lora_adapter", {"lora_name": name, "lora_path": str(adapter)})
        if answer.status_code != 200:
            self._wanted.pop(name, None)
            raise HostError(
                f"The local host refuses adapter {name!r}: {answer.text[:300]}",
                hint=f"Check the files in {adapter}.",
            )
        self._probe(name, adapter)
        self._loaded |= {name}

    def _probe(self, name: str, adapter: Path) -> None:
        expected = fingerprint(adapter)
        if expected is None:
            return
        request: dict[str, Any] = {"logprobs": True, "top_logprobs": 5, "max_tokens": 1, "temperature": 0}
        answer = self._post(
            "/v1/chat/completions", {"model": name, "messages": expected["messages"], **request}
        )
        answered = top_logprobs(answer.json())
        tolerance = self._settings.probe_tolerance
        wrong = differs(expected["top_logprobs"], answered, tolerance=tolerance)
        if wrong:
            self._wanted.pop(name, None)
            self._post("/v1/unload_lora_adapter", {"lora_name": name})
            raise HostError(
                f"The host answers for {name!r} with other weights than were trained: {wrong}.",
                hint="The version is not served; train or copy the adapter again.",
            )

    def _post(self, path: str, body: dict[str, Any]) -> "httpx2.Response":
        import httpx2  # with the first request: commands that only read need none

        try:
            return httpx2.post(
                self._url + path, json=body, timeout=self._settings.start_timeout_s, trust_env=False
            )
        except httpx2.HTTPError as error:
            raise HostError(
                f"The local host at {self._url} does not answer: {error!r}.", hint=f"Look at {self._log}."
            ) from error
