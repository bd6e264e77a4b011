"""Texts become vectors at an endpoint."""

import pytest

from upspiral.errors import InvalidInput
from upspiral.providers.embeddings import EmbeddingEndpoint
from upspiral.testing.provider import FakeProvider


def test_embeddings_go_through_the_same_client() -> None:
    with FakeProvider() as provider:
        rows = EmbeddingEndpoint(provider.url, "m", "sk-1").embed(["a", "b"])
        assert rows.shape[0] == 2
        assert provider.headers[0]["authorization"] == "Bearer sk-1"
    with pytest.raises(InvalidInput):
        EmbeddingEndpoint("file:///etc", "m").embed(["a"])
