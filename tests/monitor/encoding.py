"""An encoder on a loopback port: a text's vector tells how often each letter stands in it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tunewright.recipe.engine import AddressSpec


class EncoderServer:
    """Answers once `speaks` is set, and remembers what it was shown, and with which key. `status` and `said` may be
    others than a good encoder's. A text that holds `toolong` is refused."""

    def __init__(self):
        self.speaks, self.status, self.said, self.shown, self.keys = threading.Event(), 200, None, [], []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                assert (self.path, asked["model"]) == ("/v1/embeddings", "m")
                server.shown.append(asked["input"])
                server.keys.append(self.headers.get("authorization"))
                server.speaks.wait()
                status = 400 if "toolong" in asked["input"] else server.status
                body = json.dumps(server.said or answered(asked["input"]) if status == 200 else {}).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()
        self.spec = AddressSpec(url=f"http://127.0.0.1:{self._server.server_port}/v1", model="m", retries=0)

    def close(self):
        self.speaks.set()
        self._server.shutdown()
        self._server.server_close()


def answered(text):
    """As OpenAI's API answers."""
    vector = [float(text.count(letter)) for letter in "abcdefghijklmnopqrstuvwxyz"]
    return {"object": "list", "model": "m", "data": [{"object": "embedding", "index": 0, "embedding": vector}]}
