"""What a client did wrong, or has to wait for, in the shape of OpenAI's API errors."""

import math
from typing import Any

from starlette.responses import JSONResponse


class Problem(Exception):
    """A request that gets no answer. `param` names the field at fault, `code` is a word that programs can test.

    `retry_after` is in seconds: asked again after that, the same request may be answered.
    """

    def __init__(self, status: int, message: str, *, param: str | None = None, code: str | None = None,
                 retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code
        self.retry_after = retry_after

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body."""
        kind = "rate_limit_error" if self.status == 429 else "server_error" if self.status >= 500 else (
            "invalid_request_error")
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}

    def response(self, headers: dict[str, str] | None = None) -> JSONResponse:
        """The HTTP response. RFC 9110 counts Retry-After in whole seconds."""
        waits = {} if self.retry_after is None else {"retry-after": str(max(1, math.ceil(self.retry_after)))}
        challenge = {"www-authenticate": "Bearer"} if self.status == 401 else {}
        return JSONResponse(self.body, self.status, {**(headers or {}), **waits, **challenge})
