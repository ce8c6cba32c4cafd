"""A connection to a Label Studio server: address and token from the environment, retries, plain errors."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from conflict_events.errors import AnnotationError, MissingExtraError

URL_VARIABLE = "LABEL_STUDIO_URL"
TOKEN_VARIABLE = "LABEL_STUDIO_API_KEY"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_GATEWAY_ERRORS = (502, 504)

T = TypeVar("T")
# Takes the SDK's client, a label_studio_sdk.LabelStudio: untyped, since its extensions are.
Operation = Callable[[Any], T]


class NoAnswerError(AnnotationError):
    """The server did not answer, or broke off; whether it did what was asked is not known.

    `under_way` is true where it may be doing it still, having only been too slow.
    """

    def __init__(self, message: str, *, under_way: bool = False) -> None:
        super().__init__(message)
        self.under_way = under_way


class Connection:
    """A Label Studio server, spoken to through its own SDK.

    `patience` is how many seconds a server that was reached once may stay away before a call gives up, and
    `timeout` how many seconds it may take over one answer.
    """

    def __init__(self, url: str, token: str, *, patience: float = 180.0, timeout: float = 120.0) -> None:
        try:
            import httpx
            from label_studio_sdk import LabelStudio
            from label_studio_sdk.core.api_error import ApiError
        except ImportError as error:
            raise MissingExtraError("Label Studio", "annotate") from error
        client: Any = LabelStudio
        self.url = url.rstrip("/")
        self.timeout = timeout
        self._client: Any = client(base_url=self.url, api_key=token, timeout=timeout, max_retries=0)
        self._token = token
        self._patience = patience
        self._reached = False
        self._transport_errors = (httpx.TransportError, httpx.DecodingError)
        self._timeouts = (httpx.ReadTimeout, httpx.WriteTimeout)
        self._api_error = ApiError

    def once(self, operation: Operation[T]) -> T:
        """Run `operation` once: the way for calls which must not be made twice.

        Raises NoAnswerError where it is unknown whether the server did it, AnnotationError if it refused.
        """
        try:
            result = operation(self._client)
        except self._transport_errors as error:
            reason = _without(self._token, str(error)) or type(error).__name__
            raise NoAnswerError(
                f"Label Studio at {self.url} does not answer ({reason}); "
                f"start it with `conflict-events annotate serve`, or set {URL_VARIABLE}",
                under_way=isinstance(error, self._timeouts),
            ) from error
        except self._api_error as error:
            # The cause would quote the answer, and with it the token where a server echoes what it was sent.
            raise _explain(self.url, error.status_code, error.body, self._token) from None
        self._reached = True
        return result

    def call(self, operation: Operation[T]) -> T:
        """Run `operation`, which may safely be made twice, until the server answers or patience is at an end.

        A server that never answered yet is given no patience: its address is probably wrong.
        """
        give_up = time.monotonic() + (self._patience if self._reached else 0.0)
        pause = _FIRST_PAUSE
        while True:
            try:
                return self.once(operation)
            except NoAnswerError:
                if time.monotonic() + pause > give_up:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


def connect(environ: Mapping[str, str] = os.environ) -> Connection:
    """Connect to the server that LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY name, and check the token.

    Raises AnnotationError where a variable is missing, the server is down or it refuses the token.
    """
    for variable in (URL_VARIABLE, TOKEN_VARIABLE):
        if not environ.get(variable, "").strip():
            raise AnnotationError(
                f"{variable} is not set; `conflict-events annotate serve` says how to set it"
            )
    url, token = environ[URL_VARIABLE].strip(), environ[TOKEN_VARIABLE].strip()
    _check_url(url)
    # An HTTP library would quote what it cannot send, and so print the token.
    if not (token.isascii() and token.isprintable()):
        raise AnnotationError(f"{TOKEN_VARIABLE} holds characters that no token has; copy it once more")
    connection = Connection(url, token)
    connection.call(lambda client: client.users.whoami())
    return connection


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        complete = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, or half an IPv6 address
        complete = False
    if complete and parts.username is not None:
        raise AnnotationError(f"{URL_VARIABLE} holds a user name; leave it out, the token says who you are")
    if not complete:
        raise AnnotationError(f"{URL_VARIABLE} is '{url}'; it must look like http://localhost:8080")


def _without(token: str, text: str) -> str:
    """A message that does not tell the token, though whoever answered may have sent it back."""
    return text.replace(token, "***")


def _explain(url: str, status: int | None, body: object, token: str) -> AnnotationError:
    if status == 401:
        return AnnotationError(f"Label Studio at {url} refuses the token in {TOKEN_VARIABLE}")
    if status == 403:
        return AnnotationError(f"Label Studio at {url} does not allow this user to do that")
    if status == 404:
        return AnnotationError(f"Label Studio at {url} knows no such thing (404); was it deleted meanwhile?")
    if status is not None and status < 400:  # the SDK found no JSON in a good answer
        return AnnotationError(f"{url} answers, but not as Label Studio does; is {URL_VARIABLE} right?")
    detail = body.get("detail", body) if isinstance(body, Mapping) else body
    text = " ".join(_without(token, str(detail)).split())[:300]
    message = f"Label Studio at {url} answers with an error ({status}): {text}"
    # Too many requests, or trouble on the server's side (a locked SQLite, say): worth another try.
    if status is None or status == 429 or status >= 500:
        return NoAnswerError(message, under_way=status in _GATEWAY_ERRORS)
    return AnnotationError(message)
