"""A host of models on this machine for a first try without a key: `python -m upspiral.testing`."""

import argparse
import sys
import time
from contextlib import suppress

from upspiral.testing.provider import FakeProvider

ANSWERS = {
    "parcel": "It left this morning and arrives tomorrow.",
    "return": "You can return it within 30 days.",
    "open": "We are open from 9 to 18.",
}
"""What the made-up support desk knows, by a word of the question."""


DO_NOT_KNOW = "I am sorry, I do not know that."


def answer_question(question: str) -> str:
    """Answer as a support desk that knows three topics.

    >>> answer_question("Where is my parcel?")
    'It left this morning and arrives tomorrow.'
    >>> answer_question("Who are you?")
    'I am sorry, I do not know that.'
    """
    words = question.lower()
    return next((answer for topic, answer in ANSWERS.items() if topic in words), DO_NOT_KNOW)


def serve_model() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m upspiral.testing", description=__doc__)
    parser.add_argument("--port", type=int, default=8081, help="where to listen on 127.0.0.1 (default 8081)")
    with FakeProvider(answer_question, port=parser.parse_args().port) as provider:
        words = (
            f"A made-up model answers at {provider.url} (OpenAI's and Anthropic's APIs). Ctrl-C ends it.\n"
        )
        sys.stdout.write(words)
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    serve_model()
