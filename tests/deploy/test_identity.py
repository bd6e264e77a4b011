"""Do the weights that answer belong to the version they are named after?"""

import json
from pathlib import Path

import pytest

from upspiral.deploy.identity import MANIFEST, differs, fingerprint, top_logprobs
from upspiral.errors import HostError

TRAINED = {"Hello": -0.1, "Hi": -2.5}


def test_rounding_is_no_difference_and_other_weights_are_one() -> None:
    assert differs(TRAINED, {"Hello": -0.12, "Hi": -2.49}, tolerance=0.05) is None
    told = differs(TRAINED, {"Hello": -0.12, "Hi": -4.0}, tolerance=0.05)
    assert told == "token 'Hi' has log-probability -4.000 instead of -2.500"


def test_a_token_that_is_not_among_the_likeliest_any_more_is_a_difference() -> None:
    assert "Hi" in (differs(TRAINED, {"Hello": -0.1}, tolerance=0.05) or "")


def test_the_first_tokens_candidates_are_taken_out_of_an_answer() -> None:
    listed = [{"token": token, "logprob": value} for token, value in TRAINED.items()]
    body = {"choices": [{"logprobs": {"content": [{"top_logprobs": listed}, {"top_logprobs": []}]}}]}
    assert top_logprobs(body) == TRAINED


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"choices": [{"logprobs": None}]}])
def test_a_host_that_gives_no_log_probabilities_is_told(body: dict[str, object]) -> None:
    with pytest.raises(HostError, match=r"log.prob"):
        top_logprobs(body)


def test_an_adapter_from_elsewhere_has_no_fingerprint(tmp_path: Path) -> None:
    assert fingerprint(tmp_path) is None
    (tmp_path / MANIFEST).write_text(json.dumps({"probe": None}))
    assert not fingerprint(tmp_path)
