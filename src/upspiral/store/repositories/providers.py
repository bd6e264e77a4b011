"""What is kept of model providers: what their models refuse, and their sealed keys."""

from upspiral.domain.access import SealedKey
from upspiral.domain.model import RefusalRecord
from upspiral.store.rows import Rows
from upspiral.store.tables import model_refusals, sealed_keys


class ModelRefusals(Rows[RefusalRecord]):
    """How each model must be asked, by its host's URL and its name there."""

    noun, table = RefusalRecord, model_refusals


class SealedKeys(Rows[SealedKey]):
    """Encrypted keys, by the name of the environment variable in whose place they stand."""

    noun, table = SealedKey, sealed_keys

    def drop(self, name: str) -> bool:
        """Delete one; say whether it was there."""
        return self.remove(self.table.c.name == name) > 0
