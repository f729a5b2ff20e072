"""A server that speaks OpenAI's API, for a gateway to stand before: it answers what it is told, and remembers."""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server(ThreadingHTTPServer):
    """`answers` are given in turn, the last one for ever: (status, headers, body) or a list of events."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []
        self.answers: list[Any] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is none of our business."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        """Remember, then answer: the trial of a release and whatever is not told are answered with one word."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        trial = body.get("prompt") == "Hello"
        if not trial:
            self.server.asked.append({**body, "path": self.path, "authorization": self.headers.get("authorization"),
                                      "traceparent": self.headers.get("traceparent")})
        answers = self.server.answers
        told = whole("Hi") if trial or not answers else answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(told, list):
            self._events(told)
            return
        status, headers, content = told
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _events(self, events: list[Any]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for event in events:
            told = event if isinstance(event, str) else json.dumps(event)
            self.wfile.write(f"data: {told}\n\n".encode())
            self.wfile.flush()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the screen."""


def whole(text: str, **message: Any) -> tuple[int, dict[str, str], bytes]:
    """A whole answer in both shapes at once."""
    choice = {"index": 0, "text": text, "message": {"role": "assistant", "content": text, **message},
              "finish_reason": message.pop("finish", "stop")}
    return 200, {"content-type": "application/json"}, json.dumps(
        {"choices": [choice], "usage": {"prompt_tokens": 5, "completion_tokens": 3}}).encode()


def events(*deltas: dict[str, Any], finish: str = "stop") -> list[Any]:
    """A stream of these deltas, then why it ended, its usage, and `[DONE]`."""
    told = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    return [*told, {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]},
            {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": len(deltas)}}, "[DONE]"]


def failed(status: int, message: str = "no", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """An error in OpenAI's shape."""
    return status, headers, json.dumps({"error": {"message": message, "code": "x"}}).encode()


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """One that runs until the block ends."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
