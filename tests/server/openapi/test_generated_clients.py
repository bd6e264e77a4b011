"""A client that is generated from the API document type-checks, in Python and in TypeScript."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TYPESCRIPT = Path(__file__).parent / "typescript"
TOOLS = TYPESCRIPT / "node_modules" / ".bin"
GENERATE = [
    sys.executable,
    *("-W", "ignore", "-m", "datamodel_code_generator"),
    *("--input-file-type", "openapi", "--output-model-type", "pydantic_v2.BaseModel"),
    *("--target-python-version", "3.11", "--use-annotated", "--collapse-root-models"),
    *("--enum-field-as-literal", "all"),
]
USE = """
from models import AgentDetails, FeedbackBody, OutcomePage

page = OutcomePage.model_validate_json(open("page.json").read())
reasons: list[str] = [one.reason for one in page.items]
place: str | None = page.next


def name(found: AgentDetails) -> str:
    return found.card.version


said = FeedbackBody(interaction="int_1", thumbs="up")
"""


@pytest.fixture
def written(document: dict[str, Any], tmp_path: Path) -> Path:
    """The API document as a file, in a folder of its own."""
    folder = tmp_path / "client"
    folder.mkdir()
    (folder / "openapi.json").write_text(json.dumps(document))
    page = document["paths"]["/api/v1/outcomes"]["get"]["responses"]["200"]["content"]["application/json"]
    (folder / "page.json").write_text(json.dumps(page["example"]))
    return folder


def _run(words: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=280)


@pytest.mark.process
@pytest.mark.timeout(600)
def test_a_generated_python_client_type_checks_and_reads_an_answer(written: Path) -> None:
    made = _run([*GENERATE, "--input", "openapi.json", "--output", "models.py"], written)
    assert made.returncode == 0, made.stderr
    (written / "use.py").write_text(USE)
    check = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "use.py", "models.py"]
    checked = _run(check, written)
    assert checked.returncode == 0, checked.stdout
    used = _run([sys.executable, "use.py"], written)
    assert used.returncode == 0, used.stderr
    (written / "use.py").write_text(USE.replace("one.reason", "one.verdict"))
    assert "has no attribute" in _run(check, written).stdout


@pytest.mark.typescript
@pytest.mark.timeout(600)
@pytest.mark.process
@pytest.mark.skipif(
    not (shutil.which("node") and (TOOLS / "tsc").exists()),
    reason="needs Node.js and `make typescript`, which installs what is pinned in the folder",
)
def test_a_generated_typescript_client_type_checks(written: Path) -> None:
    folder = written / "typescript"
    folder.mkdir()
    for name in ("use.ts", "tsconfig.json", "package.json"):
        shutil.copy(TYPESCRIPT / name, folder)
    (folder / "node_modules").symlink_to(TYPESCRIPT / "node_modules")
    generate = [str(TOOLS / "openapi-typescript"), "../openapi.json", "-o", "api.ts"]
    made = _run([*generate, "--default-non-nullable", "false"], folder)
    assert made.returncode == 0, made.stderr
    checked = _run([str(TOOLS / "tsc"), "-p", "."], folder)
    assert checked.returncode == 0, checked.stdout
