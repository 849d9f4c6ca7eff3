"""Static files, whole: they are small, and Django would read a streamed file whole under ASGI too, with a warning."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseFileResponse, WhiteNoiseMiddleware


def static_files(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: WhiteNoise, whose answers have their content in them."""
    files = WhiteNoiseMiddleware(get_response)

    def answer(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = files(request)
        return _whole(response) if isinstance(response, WhiteNoiseFileResponse) else response

    return answer


def _whole(streamed: WhiteNoiseFileResponse) -> HttpResponse:
    whole = HttpResponse(b"".join(streamed), status=streamed.status_code)
    streamed.close()
    # Django's own: a 304 has no type
    del whole["Content-Type"]
    for name, value in streamed.items():
        whole[name] = value
    return whole
