"""How is a picture, a recording or a document written by each API, and read from any of them? (pure)."""

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from upspiral.domain.message import FilePart, Message, Part
from upspiral.wire.plain import omit, text_or_none

DATA_URL = re.compile(r"data:([^;,]*)(?:;[^;,]+)*;base64,(.*)", re.DOTALL)
MEDIA = {
    "image_url": "image",
    "input_image": "image",
    "image": "image",
    "input_audio": "audio",
    "audio": "audio",
    "audio_url": "audio",
    "video_url": "video",
    "input_video": "video",
    "video": "video",
    "file": "file",
    "input_file": "file",
    "document": "file",
    "media": "file",
    "blob": "file",
    "uri": "file",
}
"""The types of parts that hold a file, and its medium where nothing else names it."""
INSIDE = (
    "image_url",
    "input_audio",
    "file",
    "source",
    "image",
    "audio",
    "video_url",
    "audio_url",
    "document",
)
"""Where a part may hold the description of its file as an object of its own."""
_NAMED_FIELDS = frozenset(
    (
        *("type", "url", "uri", "file_uri", "fileUri", "file_url", "file_id", "filename", "name"),
        *(
            "data",
            "file_data",
            "bytes",
            "content",
            "blob",
            "media_type",
            "mime_type",
            "mimeType",
            "mediaType",
        ),
        *("modality", "format", "transcript", *INSIDE),
    )
)


def read_file(part: Mapping[str, Any], kind: str) -> FilePart | None:
    """Read a part that holds a file; None where none can be made out, such as a document of mere text.

    Args:
        part: As it came.
        kind: Its type.

    >>> read_file({"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}, "image_url")
    FilePart(media='image', media_type='image/png', data='aGk=')
    >>> read_file({"type": "image", "source": {"type": "url", "url": "https://x/a.png"}}, "image").url
    'https://x/a.png'
    """
    at = next((name for name in INSIDE if isinstance(part.get(name), Mapping | str)), None)
    inner: Mapping[str, Any] = part[at] if at and isinstance(part[at], Mapping) else {}
    if inner.get("type") in ("text", "content"):
        return None
    both = {**part, **inner}
    url = _first(both, "url", "uri", "file_uri", "fileUri", "file_url")
    data = _first(both, "data", "file_data", "bytes", "blob", "content")
    if at and isinstance(part[at], str):
        url, data = _url_or_data(part[at], url, data)
    form = _first(both, "media_type", "mime_type", "mimeType", "mediaType")
    form = form or (f"{MEDIA[kind]}/{both['format']}" if isinstance(both.get("format"), str) else None)
    for found in (url, data):
        if found and (inline := DATA_URL.fullmatch(found)):
            form, data = inline[1] or form, inline[2]
            url = None if found is url else url
    own = omit(part, _NAMED_FIELDS) or {}
    own |= {f"{at}.{name}": value for name, value in (omit(inner, _NAMED_FIELDS) or {}).items()}
    return FilePart(
        media=_medium(kind, form, both.get("modality")),
        media_type=form,
        url=url,
        file_id=_first(both, "file_id") or (_first(inner, "id") if kind == "audio" else None),
        name=_first(both, "filename", "name"),
        data=data,
        transcript=_first(both, "transcript"),
        extra=own or None,
    )


def _url_or_data(given: str, url: str | None, data: str | None) -> tuple[str | None, str | None]:
    if "://" in given[:20] or given.startswith("data:"):
        return given, data
    return (url, given) if len(given) > 200 else (given, data)


def _medium(kind: str, form: str | None, modality: Any) -> str:
    for said in (modality, (form or "").split("/")[0]):
        if said in ("image", "audio", "video"):
            return str(said)
    return MEDIA.get(kind, "file")


def _first(fields: Mapping[str, Any], *names: str) -> str | None:
    return next((found for name in names if (found := text_or_none(fields.get(name)))), None)


def data_url(part: FilePart) -> str | None:
    """Give the address of a file: its URL, or its bytes as one.

    >>> data_url(FilePart(media="image", media_type="image/png", data="aGk="))
    'data:image/png;base64,aGk='
    """
    return f"data:{part.media_type or ''};base64,{part.data}" if part.data else part.url


def attach(messages: Iterable[Message], load: Callable[[str], bytes | None]) -> tuple[Message, ...]:
    """Put the bytes of files back into messages from which they were taken, so that they can be asked again.

    Args:
        messages: As they are kept.
        load: Gives a file by its SHA-256; None where it is not there any more.
    """
    return tuple(
        replace(message, parts=tuple(_attach_part(part, load) for part in message.parts))
        if any(isinstance(part, FilePart) and part.sha256 for part in message.parts)
        else message
        for message in messages
    )


def _attach_part(part: Part, load: Callable[[str], bytes | None]) -> Part:
    if not isinstance(part, FilePart) or not part.sha256 or part.data or part.url:
        return part
    content = load(part.sha256)
    return part if content is None else replace(part, data=base64.b64encode(content).decode())


def split_extra(extra: Mapping[str, Any] | None, inside: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part the fields of a file's part into its own and those of the object within it.

    >>> split_extra({"cache_control": 1, "image_url.detail": "low"}, "image_url")
    ({'cache_control': 1}, {'detail': 'low'})
    """
    inner = {k.removeprefix(inside + "."): v for k, v in (extra or {}).items() if k.startswith(inside + ".")}
    return {k: v for k, v in (extra or {}).items() if "." not in k}, inner
