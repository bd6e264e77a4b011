"""What does the API look like from outside? The OpenAPI document, made from what routes declare."""

from upspiral.server.openapi.document import write_document

__all__ = ["write_document"]
