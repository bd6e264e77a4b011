"""Where does a page load the feedback component from? One address stays; the files behind it never change."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from upspiral.errors import NotFound
from upspiral.server.answers import Answer, TypedRouter
from upspiral.server.policy import allows

ENTRY = "feedback.js"
VERSION_CHARS = 12
TYPE = "text/javascript; charset=utf-8"
HEADERS = {"x-content-type-options": "nosniff"}
router = TypedRouter(prefix="/component", tags=["component"])


@cache
def read_files() -> Mapping[str, bytes]:
    """Read every module of the component, by its name."""
    folder = files("upspiral.server.browser") / "component"
    found = {one.name: one.read_bytes() for one in folder.iterdir() if one.name.endswith(".js")}
    return MappingProxyType(dict(sorted(found.items())))


@cache
def name_version() -> str:
    """Name the version by what the files hold, so that what a browser keeps is always right."""
    digest = hashlib.sha256()
    for name, content in read_files().items():
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:VERSION_CHARS]


@router.get("/feedback.js", include_in_schema=False)
@allows(from_pages=True)
def send_entry() -> Answer[str]:
    """Send the module that a page names: it loads the current version."""
    at = f'"./{name_version()}/{ENTRY}"'
    headers = {**HEADERS, "cache-control": "public, no-cache"}
    return Answer(f"export * from {at};\n", headers=headers, media_type=TYPE)


@router.get("/{version}/{file}", include_in_schema=False)
@allows(from_pages=True)
def send_file(version: str, file: str) -> Answer[str]:
    """Send a module of a version, which a browser may keep for good."""
    content = read_files().get(file)
    if version != name_version() or content is None:
        raise NotFound(
            f"This server has no {file!r} of the feedback component of version {version!r}.",
            hint=f"Load /component/{ENTRY}, which names the current version.",
        )
    headers = {**HEADERS, "cache-control": "public, max-age=31536000, immutable"}
    return Answer(content, headers=headers, media_type=TYPE)
