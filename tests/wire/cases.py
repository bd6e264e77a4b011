"""Messages as the documentation of each API writes them: what every way in must read alike."""

from typing import Any

PNG = "iVBORw0KGgo="
IMAGE_URL = {"type": "image_url", "image_url": {"url": "https://shop.example/a.png", "detail": "low"}}
INLINE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
WEATHER = {"name": "get_weather", "arguments": '{"city": "Oslo"}'}
CALL = {"id": "call_1", "type": "function", "function": WEATHER}
CUSTOM = {"id": "call_2", "type": "custom", "custom": {"name": "run_sql", "input": "select 1"}}
Case = tuple[str, dict[str, Any]]

CHAT: list[Case] = [
    ("text", {"role": "user", "content": "Where is my parcel?"}),
    ("empty", {"role": "user", "content": ""}),
    ("unicode", {"role": "user", "content": "Grüße 👋🏽 — 你好"}),
    ("system", {"role": "system", "content": "Be kind."}),
    ("developer", {"role": "developer", "content": "Be kind."}),
    ("named", {"role": "user", "content": "Hi", "name": "anna"}),
    ("assistant", {"role": "assistant", "content": "On its way."}),
    (
        "two texts",
        {"role": "user", "content": [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}]},
    ),
    ("picture", {"role": "user", "content": [{"type": "text", "text": "Look:"}, IMAGE_URL]}),
    ("picture alone", {"role": "user", "content": [IMAGE_URL]}),
    ("picture inline", {"role": "user", "content": [{"type": "text", "text": "Look:"}, INLINE]}),
    (
        "recording",
        {
            "role": "user",
            "content": [{"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}],
        },
    ),
    (
        "document",
        {"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1", "filename": "a.pdf"}}]},
    ),
    (
        "document inline",
        {
            "role": "user",
            "content": [
                {
                    "type": "file",
                    "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
                }
            ],
        },
    ),
    (
        "cached",
        {
            "role": "user",
            "content": [{"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral"}}],
        },
    ),
    ("call", {"role": "assistant", "content": None, "tool_calls": [CALL]}),
    ("call with words", {"role": "assistant", "content": "Let me see.", "tool_calls": [CALL]}),
    (
        "two calls",
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                CALL,
                {"id": "call_3", "type": "function", "function": {**WEATHER, "arguments": "{}"}},
            ],
        },
    ),
    ("custom tool", {"role": "assistant", "content": None, "tool_calls": [CUSTOM]}),
    ("result", {"role": "tool", "tool_call_id": "call_1", "content": "3 degrees"}),
    (
        "result in parts",
        {
            "role": "tool",
            "tool_call_id": "call_1",
            "content": [{"type": "text", "text": "3"}, {"type": "text", "text": "degrees"}],
        },
    ),
    ("old call", {"role": "assistant", "content": None, "function_call": WEATHER}),
    ("old result", {"role": "function", "name": "get_weather", "content": "3 degrees"}),
    ("refusal", {"role": "assistant", "content": None, "refusal": "I cannot help."}),
    ("refusal part", {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}),
    ("reasoning", {"role": "assistant", "content": "Four.", "reasoning_content": "2 and 2"}),
    ("unknown part", {"role": "user", "content": [{"type": "hologram", "beam": {"depth": 3}}]}),
    ("unknown field", {"role": "user", "content": "Hi", "mood": {"value": 1}}),
]
"""Of OpenAI's chat completions."""

ANTHROPIC: list[Case] = [
    ("text", {"role": "user", "content": "Where is my parcel?"}),
    (
        "blocks",
        {"role": "user", "content": [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}]},
    ),
    (
        "picture",
        {
            "role": "user",
            "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
                {"type": "text", "text": "What is it?"},
            ],
        },
    ),
    (
        "picture by URL",
        {
            "role": "user",
            "content": [{"type": "image", "source": {"type": "url", "url": "https://shop.example/a.png"}}],
        },
    ),
    (
        "picture by id",
        {"role": "user", "content": [{"type": "image", "source": {"type": "file", "file_id": "file_1"}}]},
    ),
    (
        "document",
        {
            "role": "user",
            "content": [
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
                    "title": "Terms",
                    "citations": {"enabled": True},
                }
            ],
        },
    ),
    (
        "document of text",
        {
            "role": "user",
            "content": [
                {
                    "type": "document",
                    "source": {"type": "text", "media_type": "text/plain", "data": "All sales are final."},
                }
            ],
        },
    ),
    (
        "cached",
        {
            "role": "user",
            "content": [{"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral"}}],
        },
    ),
    (
        "call",
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Let me see."},
                {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Oslo"}},
            ],
        },
    ),
    (
        "result",
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "3 degrees"}],
        },
    ),
    (
        "result and words",
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "3 degrees"},
                {"type": "tool_result", "tool_use_id": "toolu_2", "content": "gone", "is_error": True},
                {"type": "text", "text": "And tomorrow?"},
            ],
        },
    ),
    (
        "result with a picture",
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_1",
                    "content": [
                        {"type": "text", "text": "See:"},
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": PNG},
                        },
                    ],
                }
            ],
        },
    ),
    (
        "thinking",
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "2 and 2", "signature": "c2ln"},
                {"type": "text", "text": "Four."},
            ],
        },
    ),
    (
        "sealed thinking",
        {
            "role": "assistant",
            "content": [{"type": "redacted_thinking", "data": "c2VhbA=="}, {"type": "text", "text": "Four."}],
        },
    ),
    (
        "tool of the host",
        {
            "role": "assistant",
            "content": [
                {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "oslo"}},
                {"type": "text", "text": "Found."},
            ],
        },
    ),
]
"""Of Anthropic's messages."""

RESPONSES: list[Case] = [
    ("text", {"role": "user", "content": "Where is my parcel?"}),
    ("developer", {"role": "developer", "content": "Be kind."}),
    (
        "two texts",
        {
            "role": "user",
            "content": [{"type": "input_text", "text": "A"}, {"type": "input_text", "text": "B"}],
        },
    ),
    (
        "picture",
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Look:"},
                {"type": "input_image", "image_url": "https://shop.example/a.png", "detail": "low"},
            ],
        },
    ),
    ("picture by id", {"role": "user", "content": [{"type": "input_image", "file_id": "file-1"}]}),
    (
        "document",
        {"role": "user", "content": [{"type": "input_file", "file_url": "https://shop.example/a.pdf"}]},
    ),
    (
        "document inline",
        {
            "role": "user",
            "content": [
                {
                    "type": "input_file",
                    "filename": "a.pdf",
                    "file_data": "data:application/pdf;base64,JVBERi0=",
                }
            ],
        },
    ),
    (
        "said before",
        {
            "type": "message",
            "id": "msg_1",
            "status": "completed",
            "role": "assistant",
            "content": [
                {
                    "type": "output_text",
                    "text": "Hello.",
                    "annotations": [{"type": "url_citation", "url": "u"}],
                }
            ],
        },
    ),
    ("call", {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"}),
    (
        "call with its item",
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": "get_weather",
            "arguments": "{}",
            "status": "completed",
        },
    ),
    ("result", {"type": "function_call_output", "call_id": "call_1", "output": "3 degrees"}),
    (
        "custom tool",
        {"type": "custom_tool_call", "call_id": "call_2", "name": "run_sql", "input": "select 1"},
    ),
    ("result of a custom tool", {"type": "custom_tool_call_output", "call_id": "call_2", "output": "1"}),
    (
        "reasoning",
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "2 and 2"}],
            "encrypted_content": "c2VhbA==",
        },
    ),
    (
        "search",
        {
            "type": "web_search_call",
            "id": "ws_1",
            "status": "completed",
            "action": {"type": "search", "query": "oslo"},
        },
    ),
    (
        "tool of a server",
        {
            "type": "mcp_call",
            "id": "mcp_1",
            "name": "find",
            "arguments": "{}",
            "server_label": "shop",
            "output": "[]",
        },
    ),
    ("reference", {"type": "item_reference", "id": "msg_1"}),
]
"""Items of OpenAI's responses."""

GENAI: list[Case] = [
    ("text", {"role": "user", "parts": [{"type": "text", "content": "Where is my parcel?"}]}),
    (
        "call",
        {
            "role": "assistant",
            "parts": [
                {"type": "text", "content": "Let me see."},
                {"type": "tool_call", "id": "call_1", "name": "get_weather", "arguments": {"city": "Oslo"}},
            ],
        },
    ),
    (
        "result",
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_1", "response": "3 degrees"}]},
    ),
    (
        "reasoning",
        {
            "role": "assistant",
            "parts": [{"type": "reasoning", "content": "2 and 2"}, {"type": "text", "content": "Four."}],
        },
    ),
    (
        "picture",
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "Look:"},
                {"type": "uri", "modality": "image", "uri": "https://shop.example/a.png"},
            ],
        },
    ),
    (
        "picture inline",
        {
            "role": "user",
            "parts": [{"type": "blob", "modality": "image", "mime_type": "image/png", "content": PNG}],
        },
    ),
]
"""Of OpenTelemetry's conventions for generative AI."""
