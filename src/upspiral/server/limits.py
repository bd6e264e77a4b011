"""How much may a request bring? Refused before it is read, not after."""

from starlette.types import Message, Receive, Scope

from upspiral.errors import TooLarge


def limited(scope: Scope, receive: Receive, *, max_bytes: int) -> Receive:
    """Refuse a body above a size, whether it declares it or not.

    Args:
        scope: Of the request.
        receive: Where its body comes from.
        max_bytes: The largest allowed.

    Raises:
        TooLarge: At once where the length is declared, and else from the returned function.
    """
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if not declared.isdigit() or int(declared) > max_bytes:
        raise _too_large(max_bytes)
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > max_bytes:
            raise _too_large(max_bytes)
        return message

    return counted


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(
        f"The body is larger than {max_bytes / 1e6:g} MB.",
        hint="Send less at once, or raise the setting max_body_mb.",
    )
