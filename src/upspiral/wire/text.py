"""What are the words of a message? The one place where flat text follows from parts (pure)."""

from collections.abc import Iterable, Sequence

from upspiral.domain.message import CallPart, FilePart, OtherPart, Part, ReasoningPart, RefusalPart, TextPart

FILE_WORDS = {"image": "[image_url]", "audio": "[input_audio]", "video": "[video_url]"}
"""What stands in a text for a file, by its medium; for any other it is `[file]`."""


def flatten(parts: Sequence[Part]) -> str:
    r"""Give the text of parts, a line for each: words and refusals as they are, the rest in brackets.

    What a model thought is no part of what it said, and is left out.

    >>> flatten([TextPart("Look:"), FilePart(media="image"), CallPart(name="look", arguments='{"q": 1}')])
    'Look:\n[image_url]\n[called look({"q": 1})]'
    """
    return "\n".join(filter(None, map(_word, parts)))


def answer_text(parts: Iterable[Part]) -> str:
    """Give the answer that parts are: the words alone, or the refusal where there are none.

    >>> answer_text([ReasoningPart("hm"), TextPart("By "), TextPart("noon."), CallPart(name="f")])
    'By noon.'
    >>> answer_text([RefusalPart("I cannot.")])
    'I cannot.'
    """
    parts = tuple(parts)
    words = "".join(part.text for part in parts if isinstance(part, TextPart))
    words = words or "".join(part.transcript or "" for part in parts if isinstance(part, FilePart))
    return words or "".join(part.text for part in parts if isinstance(part, RefusalPart))


def reasoning(parts: Iterable[Part]) -> str:
    """Give what a model thought, where its host sends it apart.

    >>> reasoning([ReasoningPart("hm"), TextPart("Yes")])
    'hm'
    """
    return "\n".join(part.text for part in parts if isinstance(part, ReasoningPart) and part.text)


def _word(part: Part) -> str:
    if isinstance(part, TextPart | RefusalPart):
        return part.text
    if isinstance(part, FilePart):
        return part.transcript or FILE_WORDS.get(part.media, "[file]")
    if isinstance(part, CallPart):
        return f"[called {part.name}({part.arguments})]"
    if isinstance(part, OtherPart):
        kind = part.value.get("type")
        return f"[{kind}]" if isinstance(kind, str) and kind else ""
    return ""
