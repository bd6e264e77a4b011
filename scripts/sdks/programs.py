# mypy: ignore-errors
# The SDKs are installed in another environment, so there is nothing to check against.
"""What does a small application look like in each SDK? One function each; `scripts.sdks.record` runs them.

Each asks for the weather with one tool and sends its traces to the address in the environment. The SDKs are
installed in environments of their own, whose exact packages are in lock/sdks.txt and lock/sdks-strands.txt.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

ENDING = sys.argv[2] if len(sys.argv) > 2 else "x"
"""How the model's name ends: the played host refuses one that ends in `refused`."""
QUESTION, CITY = "What is the weather in Oslo?", "Oslo"
WEATHER = "7 degrees"
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tell the weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return WEATHER if city == CITY else "unknown"


def attempt(ask: Callable[[], Any]) -> None:
    """Ask; go on where the host refuses, as an application does."""
    try:
        ask()
    except Exception as error:
        if ENDING != "refused":
            raise
        print(f"refused: {error}"[:300])


def provide_tracer() -> Any:
    """Set up an exporter as the SDKs' guides do."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


def talk(client: Any) -> None:
    """Ask with a tool, run it, and ask again with its result."""
    attempt(lambda: _talk(client))


def _talk(client: Any) -> None:
    messages: list[Any] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": QUESTION},
    ]
    for _ in range(2):
        answer = client.chat.completions.create(
            model=f"gpt-{ENDING}", messages=messages, tools=[TOOL], temperature=0.5
        )
        said = answer.choices[0].message
        for call in said.tool_calls or ():
            messages.append({"role": "assistant", "content": None, "tool_calls": [call.model_dump()]})
            messages.append({"role": "tool", "tool_call_id": call.id, "content": get_weather(CITY)})


def openai_v2() -> None:
    """Run OpenTelemetry's own instrumentation."""
    from openai import OpenAI
    from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor

    provider = provide_tracer()
    OpenAIInstrumentor().instrument()
    talk(OpenAI())
    provider.shutdown()


def openinference() -> None:
    """Run OpenInference's instrumentation, with session and user."""
    from openai import OpenAI
    from openinference.instrumentation import using_attributes
    from openinference.instrumentation.openai import OpenAIInstrumentor

    provider = provide_tracer()
    OpenAIInstrumentor().instrument()
    with using_attributes(session_id="talk", user_id="anna"):
        talk(OpenAI())
    provider.shutdown()


def openllmetry() -> None:
    """Run OpenLLMetry's instrumentation."""
    from openai import OpenAI
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor

    provider = provide_tracer()
    OpenAIInstrumentor().instrument()
    talk(OpenAI())
    provider.shutdown()


def langfuse() -> None:
    """Run Langfuse's client: its OpenAI wrapper within a span, a score on the span and two on the trace."""
    from langfuse import get_client, propagate_attributes
    from langfuse.openai import OpenAI

    mine = get_client()
    assert mine.auth_check()
    with (
        mine.start_as_current_observation(as_type="span", name="helper") as around,
        propagate_attributes(user_id="anna", session_id="talk", trace_name="helper"),
    ):
        talk(OpenAI())
        around.score(name="polite", value=1)
        around.score_trace(name="helpful", value=0.5)
        trace = mine.get_current_trace_id()
    mine.create_score(trace_id=trace, name="resolved", value=1, data_type="BOOLEAN", comment="Checked.")
    mine.flush()
    mine.shutdown()


def langfuse_prompt() -> None:
    """Take a prompt with Langfuse's client, ask a model with it, and say in the trace which one it was."""
    import json

    from langfuse import get_client, propagate_attributes

    mine = get_client()
    chat = mine.get_prompt("helper", type="chat")
    named = {"as_type": "generation", "name": "answer", "model": chat.config["model"], "prompt": chat}
    asked = [*chat.compile(), {"role": "user", "content": QUESTION}]
    with (
        propagate_attributes(user_id="anna", session_id="talk", trace_name="helper"),
        mine.start_as_current_observation(**named, input=asked) as generation,
    ):
        generation.update(output={"role": "assistant", "content": WEATHER}, usage_details={"input": 9})
    mine.flush()
    found = {
        "chat": [chat.prompt, chat.version, chat.labels],
        "text": mine.get_prompt("helper/text", version=2).compile(),
        "side": mine.get_prompt("helper", label="user:anna", type="chat").config["upspiral"]["arm"],
    }
    print(json.dumps(found))
    mine.shutdown()


def langsmith() -> None:
    """Run LangSmith's client in OpenTelemetry mode."""
    from langsmith import Client, traceable
    from langsmith.wrappers import wrap_openai
    from openai import OpenAI

    client = Client()

    @traceable(name="helper", client=client, metadata={"session_id": "talk", "user_id": "anna"})
    def helper() -> None:
        talk(wrap_openai(OpenAI(), tracing_extra={"client": client}))

    helper()
    client.flush()
    provide = sys.modules["opentelemetry.trace"].get_tracer_provider()
    provide.force_flush()


def pydantic_ai() -> None:
    """Run an agent of Pydantic AI."""
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel

    provider = provide_tracer()
    Agent.instrument_all()
    agent = Agent(
        OpenAIChatModel(f"gpt-{ENDING}"), name="helper", instructions="Be brief.", tools=[get_weather]
    )
    attempt(lambda: agent.run_sync(QUESTION))
    provider.shutdown()


def recommendation() -> None:
    """Run an agent of Pydantic AI that recommends something, as docs/reference/otlp.md shows."""
    import re
    from pathlib import Path

    from pydantic import BaseModel
    from pydantic_ai import Agent, PromptedOutput
    from pydantic_ai.models.function import AgentInfo, FunctionModel, ModelResponse, TextPart

    class Plan(BaseModel):
        """What the agent recommends."""

        channels: str
        confidence: float

    def say(_: Any, __: AgentInfo) -> ModelResponse:
        return ModelResponse(parts=[TextPart('{"channels": "Half to search.", "confidence": 0.8}')])

    provider = provide_tracer()
    Agent.instrument_all()
    agent = Agent(FunctionModel(say), name="planner", output_type=PromptedOutput(Plan))
    page = Path(__file__).parents[2] / "docs" / "reference" / "otlp.md"
    block = re.search(r"With Pydantic AI:\n\n```\w+\n(.*?)```", page.read_text(), re.DOTALL)[1]
    exec(block, {"tracer": provider.get_tracer("app"), "agent": agent})
    provider.shutdown()


def openai_agents() -> None:
    """Run an agent of OpenAI's Agents SDK with OpenInference's instrumentation."""
    from agents import Agent, Runner, function_tool
    from agents.models.openai_chatcompletions import OpenAIChatCompletionsModel
    from openai import AsyncOpenAI
    from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor

    provider = provide_tracer()
    OpenAIAgentsInstrumentor().instrument()
    model = OpenAIChatCompletionsModel(f"gpt-{ENDING}", AsyncOpenAI())
    agent = Agent(name="helper", instructions="Be brief.", model=model, tools=[function_tool(get_weather)])
    attempt(lambda: asyncio.run(Runner.run(agent, QUESTION)))
    provider.shutdown()


def litellm() -> None:
    """Run LiteLLM's own callback."""
    import time

    import litellm as lite

    lite.callbacks = ["otel"]
    attempt(lambda: _talk_by_litellm(lite))
    time.sleep(3)
    sys.modules["opentelemetry.trace"].get_tracer_provider().force_flush()


def _talk_by_litellm(lite: Any) -> None:
    messages: list[Any] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": QUESTION},
    ]
    for _ in range(2):
        answer = lite.completion(
            model=f"openai/gpt-{ENDING}",
            messages=messages,
            tools=[TOOL],
            temperature=0.5,
            metadata={"session_id": "talk"},
            user="anna",
        )
        said = answer.choices[0].message
        for call in said.tool_calls or ():
            messages.append({"role": "assistant", "content": None, "tool_calls": [call.model_dump()]})
            messages.append({"role": "tool", "tool_call_id": call.id, "content": get_weather(CITY)})


def _graph() -> None:
    from langchain_openai import ChatOpenAI
    from langgraph.prebuilt import create_react_agent

    graph = create_react_agent(
        ChatOpenAI(model=f"gpt-{ENDING}", temperature=0.5), [get_weather], prompt="Be brief."
    )
    given = {"messages": [("user", QUESTION)]}
    attempt(lambda: graph.invoke(given, config={"metadata": {"thread_id": "talk"}}))


def langgraph_openinference() -> None:
    """Run an agent of LangGraph with OpenInference's instrumentation."""
    from openinference.instrumentation.langchain import LangChainInstrumentor

    provider = provide_tracer()
    LangChainInstrumentor().instrument()
    _graph()
    provider.shutdown()


def langgraph_openllmetry() -> None:
    """Run an agent of LangGraph with OpenLLMetry's instrumentation."""
    from opentelemetry.instrumentation.langchain import LangchainInstrumentor

    provider = provide_tracer()
    LangchainInstrumentor().instrument()
    _graph()
    provider.shutdown()


def talk_to_claude(client: Any) -> None:
    """Ask with a tool, run it, and ask again with its result, as Anthropic's messages have it."""
    attempt(lambda: _talk_to_claude(client))


def _talk_to_claude(client: Any) -> None:
    function = TOOL["function"]
    tool = {"name": function["name"], "description": function["description"]}
    tool["input_schema"] = function["parameters"]
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    for _ in range(2):
        answer = client.messages.create(
            model=f"claude-{ENDING}", max_tokens=100, system="Be brief.", messages=messages, tools=[tool]
        )
        for part in answer.content:
            if part.type == "tool_use":
                said = [one.model_dump(exclude_none=True) for one in answer.content]
                result = {"type": "tool_result", "tool_use_id": part.id, "content": get_weather(CITY)}
                messages.append({"role": "assistant", "content": said})
                messages.append({"role": "user", "content": [result]})


def anthropic_sdk() -> None:
    """Run Anthropic's client, which tells of its calls by itself."""
    from anthropic import Anthropic

    provider = provide_tracer()
    talk_to_claude(Anthropic())
    provider.shutdown()


def anthropic_openinference() -> None:
    """Run OpenInference's instrumentation of Anthropic's client."""
    from anthropic import Anthropic
    from openinference.instrumentation import using_attributes
    from openinference.instrumentation.anthropic import AnthropicInstrumentor

    provider = provide_tracer()
    AnthropicInstrumentor().instrument()
    with using_attributes(session_id="talk", user_id="anna"):
        talk_to_claude(Anthropic())
    provider.shutdown()


def anthropic_openllmetry() -> None:
    """Run OpenLLMetry's instrumentation of Anthropic's client."""
    from anthropic import Anthropic
    from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor

    provider = provide_tracer()
    AnthropicInstrumentor().instrument()
    talk_to_claude(Anthropic())
    provider.shutdown()


def mlflow() -> None:
    """Run MLflow's automatic tracing of OpenAI's client, within a span of the application's own."""
    import mlflow as flow
    from openai import OpenAI
    from opentelemetry import trace

    flow.openai.autolog()

    @flow.trace(name="helper", span_type="AGENT")
    def helper() -> None:
        around = flow.get_current_active_span()
        around.set_attributes({"session.id": "talk", "user.id": "anna", "gen_ai.agent.name": "helper"})
        talk(OpenAI())

    helper()
    if flush := getattr(trace.get_tracer_provider(), "force_flush", None):
        flush()


def strands() -> None:
    """Run an agent of Strands."""
    from strands import Agent, tool
    from strands.models.openai import OpenAIModel
    from strands.telemetry import StrandsTelemetry

    telemetry = StrandsTelemetry().setup_otlp_exporter()
    agent = Agent(
        name="helper",
        model=OpenAIModel(model_id=f"gpt-{ENDING}", params={"temperature": 0.5}),
        system_prompt="Be brief.",
        tools=[tool(get_weather)],
        trace_attributes={"session.id": "talk", "user.id": "anna"},
        callback_handler=None,
    )
    attempt(lambda: agent(QUESTION))
    telemetry.tracer_provider.force_flush()


async def _run_adk() -> None:
    from google.adk.agents import Agent
    from google.adk.runners import InMemoryRunner
    from google.genai import types

    agent = Agent(
        name="helper",
        model=f"gemini-{ENDING}",
        instruction="Be brief.",
        tools=[get_weather],
        generate_content_config=types.GenerateContentConfig(temperature=0.5),
    )
    runner = InMemoryRunner(agent=agent, app_name="shop")
    await runner.session_service.create_session(app_name="shop", user_id="anna", session_id="talk")
    asked = types.Content(role="user", parts=[types.Part(text=QUESTION)])
    async for _ in runner.run_async(user_id="anna", session_id="talk", new_message=asked):
        pass


def google_adk() -> None:
    """Run an agent of Google's Agent Development Kit with its own tracing."""
    provider = provide_tracer()
    attempt(lambda: asyncio.run(_run_adk()))
    provider.shutdown()


def google_adk_openinference() -> None:
    """Run an agent of Google's Agent Development Kit with OpenInference's instrumentation."""
    from openinference.instrumentation.google_adk import GoogleADKInstrumentor

    provider = provide_tracer()
    GoogleADKInstrumentor().instrument()
    attempt(lambda: asyncio.run(_run_adk()))
    provider.shutdown()


PROGRAMS = {
    one.__name__: one
    for one in (
        openai_v2,
        openinference,
        openllmetry,
        langfuse,
        langfuse_prompt,
        langsmith,
        pydantic_ai,
        recommendation,
        openai_agents,
        litellm,
        langgraph_openinference,
        langgraph_openllmetry,
        mlflow,
        strands,
        google_adk,
        google_adk_openinference,
        anthropic_sdk,
        anthropic_openinference,
        anthropic_openllmetry,
    )
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]]()
