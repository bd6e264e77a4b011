"""Where do servers tell each other what models refuse? In a table of the store."""

from contextlib import suppress
from functools import partial

from upspiral.domain.model import RefusalRecord
from upspiral.errors import Busy, StoreError
from upspiral.store import Store
from upspiral.store.writer import Writer


class StoredRefusals:
    """Keeps what models have refused in the store; see `upspiral.providers.negotiate.RefusalKeeper`.

    Args:
        store: Read here.
        writer: Writes beside what else is written, so that nobody waits for it.
    """

    def __init__(self, store: Store, writer: Writer) -> None:
        self._store, self._writer = store, writer

    def read(self) -> list[RefusalRecord]:
        """Give all that is kept."""
        return self._store.model_refusals.select()

    def keep(self, record: RefusalRecord) -> None:
        """Keep what was learned of a model, soon; where that fails it is learned again."""
        with suppress(Busy, StoreError):
            self._writer.submit(partial(self._store.model_refusals.upsert, record))
