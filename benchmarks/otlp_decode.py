"""How many spans a second are decoded and folded on one core?

`python benchmarks/otlp_decode.py` prints a Markdown table; the payload is like that of the OTLP load
program, 100 spans of about 3 kB. `--profile` shows where the time goes.
"""

import argparse
import cProfile
import pstats
import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from upspiral.capture.otlp import decode, fold
from upspiral.domain.ids import DEFAULT_WORKSPACE

WORDS = ("refund", "order", "invoice", "latency", "token", "answer", "because", "policy", "error", "step")
PROTOBUF, JSON = "application/x-protobuf", "application/json"


def attributes(rng: Random) -> dict[str, str | int]:
    question, answer = " ".join(rng.choices(WORDS, k=60)), " ".join(rng.choices(WORDS, k=100))
    said = {"role": "assistant", "parts": [{"type": "text", "content": answer}], "finish_reason": "stop"}
    asked = {"role": "user", "parts": [{"type": "text", "content": question}]}
    return {
        "openinference.span.kind": "LLM", "gen_ai.operation.name": "chat", "gen_ai.system": "openai",
        "gen_ai.provider.name": "openai", "gen_ai.request.model": "m", "gen_ai.response.model": "m",
        "gen_ai.usage.input_tokens": 60, "gen_ai.usage.output_tokens": 100,
        "input.value": question, "output.value": answer, "llm.model_name": "m",
        "llm.token_count.prompt": 60, "llm.token_count.completion": 100,
        "gen_ai.input.messages": msgspec.json.encode([asked]).decode(),
        "gen_ai.output.messages": msgspec.json.encode([said]).decode(),
    }  # fmt: skip


def value(plain: str | int) -> dict[str, str]:
    return {"intValue": str(plain)} if isinstance(plain, int) else {"stringValue": plain}


def batch(rng: Random, *, count: int) -> tuple[bytes, bytes]:
    """Give the same spans as protobuf and as JSON."""
    request, now, rows = ExportTraceServiceRequest(), time.time_ns(), []
    scope = request.resource_spans.add().scope_spans.add()
    request.resource_spans[0].resource.attributes.add(key="service.name").value.string_value = "bench"
    for _ in range(count):
        trace, ident, found = rng.randbytes(16), rng.randbytes(8), attributes(rng)
        span = scope.spans.add(trace_id=trace, span_id=ident, name="chat m", kind=3)
        span.start_time_unix_nano, span.end_time_unix_nano, span.status.code = now - 10**9, now, 1
        span.attributes.extend(
            KeyValue(key=k, value=AnyValue(int_value=v) if isinstance(v, int) else AnyValue(string_value=v))
            for k, v in found.items()
        )
        row = {"traceId": trace.hex(), "spanId": ident.hex(), "name": "chat m", "kind": 3}
        times = {"startTimeUnixNano": str(now - 10**9), "endTimeUnixNano": str(now), "status": {"code": 1}}
        rows.append(row | times | {"attributes": [{"key": k, "value": value(v)} for k, v in found.items()]})
    whole = {"resourceSpans": [{"scopeSpans": [{"spans": rows}]}]}
    return request.SerializeToString(), msgspec.json.encode(whole)


def rate(work: Callable[[], object], *, count: int, seconds: float) -> tuple[float, float]:
    """Give the best and the median spans a second of many batches."""
    work()
    times: list[float] = []
    while sum(times) < seconds:
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    times.sort()
    return count / times[0], count / times[len(times) // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    packed, plain = batch(Random(0), count=given.count)

    def both(body: bytes, kind: str) -> object:
        return fold(decode(body, content_type=kind), workspace=DEFAULT_WORKSPACE, now=datetime.now(UTC))

    if given.profile:
        with cProfile.Profile() as profile:
            for _ in range(100):
                both(packed, PROTOBUF)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        return
    print("| what | best spans/s | median spans/s |\n|---|---:|---:|")
    for what, work in (
        ("protobuf, decode", lambda: decode(packed, content_type=PROTOBUF)),
        ("protobuf, decode and fold", lambda: both(packed, PROTOBUF)),
        ("JSON, decode", lambda: decode(plain, content_type=JSON)),
        ("JSON, decode and fold", lambda: both(plain, JSON)),
    ):
        best, median = rate(work, count=given.count, seconds=given.seconds)
        print(f"| {what} | {best:,.0f} | {median:,.0f} |")


if __name__ == "__main__":
    main()
