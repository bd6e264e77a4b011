"""The one reader and writer of messages, for gateway, client, importers and OTLP (pure, ground floor).

`messages` reads what was asked in any of the usual shapes; `openai_chat`, `openai_responses` and
`anthropic` read and write requests and answers of one API; `text` gives the words of whatever was read.
"""
