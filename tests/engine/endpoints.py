"""A server in this process that speaks OpenAI's API and answers as it is told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """One answer: its status, body and headers. `drop` closes the connection instead."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


@dataclass
class Served:
    """The server's URL, and what it was asked: (path, headers, body), in order."""

    url: str
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    most: int = 0


def said(text: str | None, finish: str = "stop", **more: Any) -> Reply:
    """The answer `text`."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return Reply(body=json.dumps({"choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 3},
                                  **more}).encode())


def failed(status: int, message: str = "no", **headers: str) -> Reply:
    """A failure in OpenAI's shape."""
    return Reply(status, json.dumps({"error": {"message": message}}).encode(),
                 {name.replace("_", "-"): value for name, value in headers.items()})


@contextmanager
def endpoint(answer: Callable[[int, dict[str, Any]], Reply]) -> Iterator[Served]:
    """A server for the time of the block. `answer` gets the number of the request and its body."""
    lock = threading.Lock()
    served = Served("")
    busy = 0

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            nonlocal busy
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                busy += 1
                served.most = max(served.most, busy)
                number = len(served.asked)
                served.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            reply = answer(number, body)
            with lock:
                busy -= 1
            if reply.drop:
                self.connection.close()
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
