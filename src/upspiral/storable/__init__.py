"""What can both databases keep? One answer for every door: find what cannot be stored, or mend it (pure).

A door whose caller can correct the value asks `faults` and refuses. Where the answer was already paid for, or
where the rest of a batch would be lost, `mend` replaces what cannot be stored.
"""

from upspiral.storable.faults import Fault, faults
from upspiral.storable.json import decode_json, mend_json
from upspiral.storable.mend import is_storable, mend, mend_name

__all__ = ["Fault", "decode_json", "faults", "is_storable", "mend", "mend_json", "mend_name"]
