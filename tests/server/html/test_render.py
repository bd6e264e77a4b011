"""A page escapes what it shows, and an error page needs nothing but words."""

from upspiral.server.html.assets import VENDORED, asset_path, is_vendored, read_asset
from upspiral.server.html.render import CONTENT_SECURITY_POLICY, render, render_error


def test_an_error_page_escapes_what_it_tells() -> None:
    page = render_error(status=404, message="There is no <script>.", hint="Look & see.")
    assert "<script>." not in page
    assert "&lt;script&gt;" in page
    assert "Look &amp; see." in page


def test_the_policy_allows_no_other_host_and_nothing_inline() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY


def test_a_page_names_vendored_files_only_where_they_are() -> None:
    page = render("error.html", status=1, message="m", hint="", theme="auto")
    for name in VENDORED:
        assert (name in page) == is_vendored(name)


def test_the_address_of_a_file_changes_with_its_content() -> None:
    assert asset_path("console.css") != asset_path("console.js")
    assert read_asset("console.css").media_type == "text/css"
