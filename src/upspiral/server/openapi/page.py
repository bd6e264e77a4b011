"""Where can a person read and try the API? At /docs: Swagger UI, from a package, without any other host."""

from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from upspiral.errors import ConfigError
from upspiral.server.answers import Answer, TypedRouter
from upspiral.server.policy import allows

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The page loads nothing from another host, runs no script written into it, and stands in no frame."""
HEADERS = {"content-security-policy": CONTENT_SECURITY_POLICY, "x-content-type-options": "nosniff"}
PACKAGE = "fastapi_offline"
"""The package that carries the files of Swagger UI."""
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Upspiral API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  persistAuthorization: false,
  validatorUrl: null
});
"""
"""No validator: Swagger UI would send the document's address to a host of its own."""
File = Literal["swagger-ui-bundle.js", "swagger-ui.css", "start.js"]
router = TypedRouter(tags=["docs"], include_in_schema=False)


@router.get("/docs")
@allows()
def show_docs() -> Answer[str]:
    """Show every operation, with a form to try it."""
    return Answer(PAGE, headers=HEADERS, media_type="text/html; charset=utf-8")


@router.get("/docs/{file}")
@allows()
def send_file(file: File) -> Answer[str]:
    """Send one of the page's files."""
    media_type = "text/css" if file.endswith(".css") else "text/javascript"
    body = START.encode() if file == "start.js" else _read_packaged(file)
    headers = {**HEADERS, "cache-control": "public, max-age=3600"}
    return Answer(body, headers=headers, media_type=f"{media_type}; charset=utf-8")


def _read_packaged(file: str) -> bytes:
    """Read a file of Swagger UI; the package is looked up, never imported.

    Raises:
        ConfigError: The package is not installed.
    """
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ConfigError(f"The package {PACKAGE} is missing.", hint="Install upspiral again.")
    return (Path(found.origin).parent / "static" / file).read_bytes()
