"""When is a model switched off by its provider? (pure)."""

import re
from collections.abc import Mapping
from datetime import date

SHUTDOWN_DATES: Mapping[str, date] = {
    "gpt-5": date(2026, 12, 11),
    "o3": date(2026, 12, 11),
    "gpt-4o": date(2027, 1, 14),
    "gpt-4.1": date(2027, 1, 14),
}
"""As announced on https://platform.openai.com/docs/deprecations; the setting `providers.shutdown_dates` adds
to it and goes before it."""
WARNING_DAYS = 90
"""So many days before its end a model is warned of."""
SNAPSHOT = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8}|latest)$")


def find_shutdown(model: str, extra: Mapping[str, date]) -> date | None:
    """Give the day from which a model no longer answers; None where none is known.

    A dated snapshot ends with its model, unless it is in the table itself; what stands before a slash is who
    serves it.

    Args:
        model: Its name at its host.
        extra: Dates that the operator set, by model.

    >>> find_shutdown("openai/gpt-4o-2024-08-06", {}), find_shutdown("gpt-4o-mini", {})
    (datetime.date(2027, 1, 14), None)
    """
    dates = {**SHUTDOWN_DATES, **extra}
    plain = model.rsplit("/", 1)[-1]
    for name in (model, plain, SNAPSHOT.sub("", plain)):
        if name in dates:
            return dates[name]
    return None


def warn_of_shutdown(model: str, agent: str, *, ends: date | None, today: date) -> str | None:
    """Say that the model of an agent ends soon, or has ended, and what to do; None where it does not.

    >>> print(warn_of_shutdown("o3", "shop", ends=date(2026, 12, 11), today=date(2026, 12, 1)))
    Its model o3 is switched off on 2026-12-11, in 10 days. Prove another: `upspiral migrate shop --to MODEL`.
    """
    if ends is None or (left := (ends - today).days) > WARNING_DAYS:
        return None
    when = f"is switched off on {ends}, in {left} days" if left > 0 else f"was switched off on {ends}"
    return f"Its model {model} {when}. Prove another: `upspiral migrate {agent} --to MODEL`."
