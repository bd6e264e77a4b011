"""How are counts, shares and amounts written for people? The same in the terminal and in the console."""


def number_of(count: int, noun: str) -> str:
    """Write a count with its noun.

    >>> number_of(1, "interaction"), number_of(2, "interaction"), number_of(9, "story"), number_of(2, "day")
    ('1 interaction', '2 interactions', '9 stories', '2 days')
    """
    plural = f"{noun.removesuffix('y')}ies" if noun.endswith("y") and noun[-2] not in "aeo" else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"


def percent(value: float | None) -> str:
    """Write a share.

    >>> percent(0.714)
    '71.4 %'
    """
    return "\N{EN DASH}" if value is None else f"{100 * value:.1f} %"


def render_interval(low: float, high: float) -> str:
    """Write an interval of shares.

    >>> render_interval(0.6, 0.8)
    '60.0 to 80.0'
    """
    return f"{100 * low:.1f} to {100 * high:.1f}"


def money(amount: float | None) -> str:
    """Write an amount with as many digits as tell something.

    >>> money(None), money(12.3456), money(0.00325)
    ('unknown', '12.35', '0.00325')
    """
    if amount is None:
        return "unknown"
    return f"{amount:.2f}" if amount >= 1 or amount == 0 else f"{amount:.3g}"


def render_amount(tokens: int, usd: float | None) -> str:
    """Write what was spent.

    >>> render_amount(12_345, 0.0421), render_amount(1, None)
    ('12,345 tokens, 0.0421 US dollars', '1 token, price unknown')
    """
    return f"{number_of(tokens, 'token')}, {'price unknown' if usd is None else f'{money(usd)} US dollars'}"
