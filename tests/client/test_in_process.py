"""An app in this process is reached without a socket."""

from tests.client.sending import HI

from upspiral.client import Upspiral


def test_an_app_in_this_process_is_reached_without_a_socket() -> None:
    from fastapi import FastAPI

    app, seen = FastAPI(), []

    @app.post("/api/v1/interactions", status_code=201)
    def take(body: dict[str, list[dict[str, object]]]) -> dict[str, str]:
        seen.extend(body["interactions"])
        return {}

    with Upspiral.in_process(app, every_s=0) as spiral:
        ident = spiral.record(HI, "a")
        assert spiral.flush()
    assert [one["id"] for one in seen] == [ident]
