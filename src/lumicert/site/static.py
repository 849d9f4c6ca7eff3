"""Static files, whole: they are small, and Django would read a streamed file whole under ASGI too, with a warning."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import Redirect, StaticFile


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise, whose answers have their content in them."""

    @staticmethod
    def serve(static_file: StaticFile | Redirect, request: HttpRequest) -> HttpResponse:
        """The answer to a request for a file: 200, 206, 304, 405 or 416, with WhiteNoise's own headers alone."""
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file:
            with found.file:
                content = found.file.read()
        answer = HttpResponse(content, status=HTTPStatus(found.status))
        # Django's own: a 304 has no type
        del answer["Content-Type"]
        for name, value in found.headers:
            answer[name] = value
        return answer
