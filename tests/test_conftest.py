"""The fixtures that all tests share."""

import subprocess
import sys
from pathlib import Path


def test_postgresql_goes_on_while_another_pytest_starts(postgres_url: str, tmp_path: Path) -> None:
    import psycopg

    empty = tmp_path / "test_nothing.py"
    empty.write_text("def test_nothing(tmp_path): ...\n")
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(empty)], check=True)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")  # opens files again, as nothing else does for minutes
        assert connection.execute("SELECT 1").fetchone() == (1,)
