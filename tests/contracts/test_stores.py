"""The store keeps to its contract on both databases."""

from pathlib import Path

import pytest
from tests.conftest import fresh_database

from upspiral.testing.contracts import StoreContract


class TestSqlite(StoreContract):
    def make_url(self, folder: Path) -> str:
        return f"sqlite:///{folder / 'upspiral.db'}"


class TestPostgres(StoreContract):
    @pytest.fixture(autouse=True)
    def _server(self, postgres_url: str) -> None:
        self.server = postgres_url

    def make_url(self, folder: Path) -> str:
        return fresh_database(self.server)
