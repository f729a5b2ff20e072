"""A judge on a loopback port, which thinks for as long as a test wants."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tunewright.recipe.monitor import JudgedSpec


class Judge:
    """An endpoint that answers once `speaks` is set, and remembers what it was shown. A `wrong` answer gets 2 of 5,
    another 4."""

    def __init__(self):
        self.speaks, self.status, self.shown = threading.Event(), 200, []
        judge = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                judge.shown.append(asked["messages"][-1]["content"])
                good = 2 if "wrong" in judge.shown[-1] else 4
                judge.speaks.wait()
                said = {"choices": [{"index": 0, "finish_reason": "stop", "message": {
                    "role": "assistant", "content": f'An aardvark of an answer. {{"good": {good}}}'}}],
                    "usage": {"prompt_tokens": 1, "completion_tokens": 1}}
                body = json.dumps(said if judge.status == 200 else {"error": {"message": "no"}}).encode()
                self.send_response(judge.status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()
        self.spec = JudgedSpec.model_validate({"sample": 1.0, "criteria": {"good": "Is it?"}, "engine": {
            "kind": "openai", "url": f"http://127.0.0.1:{self._server.server_port}/v1", "model": "m", "retries": 0}})

    def close(self):
        self.speaks.set()
        self._server.shutdown()
        self._server.server_close()
