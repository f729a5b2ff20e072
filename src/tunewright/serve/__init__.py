"""The gateway: an OpenAI-compatible API over engines and releases."""
