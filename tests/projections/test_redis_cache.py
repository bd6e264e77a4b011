"""What several processes share is a help, never a need."""

import fakeredis
import pytest
import redis

from upspiral.errors import ConfigError
from upspiral.projections.redis_cache import KEPT_S, RedisCache, connect


@pytest.fixture
def server() -> fakeredis.FakeServer:
    return fakeredis.FakeServer()


def shared(server: fakeredis.FakeServer) -> RedisCache:
    return RedisCache(fakeredis.FakeRedis(server=server), prefix="upspiral:trust")


def test_what_one_process_keeps_another_reads(server: fakeredis.FakeServer) -> None:
    shared(server).put("default", {"a:1": b"{}", "b": b"[1]"})
    assert shared(server).all("default") == {"a:1": b"{}", "b": b"[1]"}
    assert shared(server).all("other") == {}


def test_it_stands_under_a_plain_key_for_six_hours(server: fakeredis.FakeServer) -> None:
    shared(server).put("default", {"STRAT-01": b"{}"})
    raw = fakeredis.FakeRedis(server=server)
    assert raw.get("upspiral:trust:default:STRAT-01") == b"{}"
    assert 0 < raw.ttl("upspiral:trust:default:STRAT-01") <= KEPT_S
    raw.delete("upspiral:trust:default:STRAT-01")  # as if its time were over
    assert shared(server).all("default") == {}


def test_what_is_forgotten_is_gone_for_all(server: fakeredis.FakeServer) -> None:
    shared(server).put("default", {"a": b"1"})
    shared(server).put("other", {"a": b"2"})
    shared(server).forget("default")
    assert shared(server).all("default") == {}
    assert shared(server).all("other") == {"a": b"2"}


def test_a_broken_redis_breaks_nothing_and_is_told_once(
    server: fakeredis.FakeServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mine = shared(server)
    mine.put("default", {"a": b"1"})
    server.connected = False
    assert mine.all("default") == {}
    monkeypatch.setattr("upspiral.projections.redis_cache.monotonic", lambda: 1e12)
    mine.put("default", {"a": b"2"})
    mine.forget("default")
    assert caplog.text.count("Redis cannot be used; everything goes on without it") == 1
    assert len(caplog.records) == 1


def test_after_a_failure_it_is_left_alone_for_a_while(
    server: fakeredis.FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("upspiral.projections.redis_cache.monotonic", lambda: now[0])
    mine = shared(server)
    server.connected = False
    mine.put("default", {"a": b"1"})
    server.connected = True
    mine.put("default", {"a": b"1"})
    assert mine.all("default") == {}
    now[0] = 31.0
    mine.put("default", {"a": b"1"})
    assert mine.all("default") == {"a": b"1"}


def test_a_redis_that_is_not_there_costs_a_moment() -> None:
    mine = RedisCache(connect("redis://127.0.0.1:1"), prefix="p")
    mine.put("default", {"a": b"1"})
    assert mine.all("default") == {}


def test_an_address_that_cannot_be_one_is_said_so() -> None:
    with pytest.raises(ConfigError, match="redis_url"):
        connect("http://example.org")
    assert isinstance(connect("rediss://localhost:6380/1"), redis.Redis)
