"""An answer of a teacher."""

from upspiral.providers.base import Completion

GOOD = "Vouchers cannot be paid out."


def said(answer: str = GOOD, **more: object) -> Completion:
    return Completion(answer=answer, model="m", **more)  # type: ignore[arg-type]
