"""What a client did wrong, in the shape of OpenAI's API errors."""

from typing import Any

from starlette.responses import JSONResponse


class Problem(Exception):
    """A request that gets no answer. `param` names the field at fault, `code` is a word that programs can test."""

    def __init__(self, status: int, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}

    def response(self, headers: dict[str, str] | None = None) -> JSONResponse:
        """The HTTP response."""
        return JSONResponse(self.body, self.status, headers)
