"""What is refused before a server is asked; what servers answer stands in test_failures.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conflict_events.annotations.connection import connect
from conflict_events.errors import AnnotationError

URL = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    "url",
    ["localhost:8080", "ftp://host", "http://", "http://[::1", "http://host:port", "http://host:99999"],
)
def test_an_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(AnnotationError, match=r"LABEL_STUDIO_URL is .*; it must look like") as refused:
        connect({"LABEL_STUDIO_URL": url, "LABEL_STUDIO_API_KEY": "token"})
    assert url in str(refused.value)


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(AnnotationError, match="user name") as refused:
        connect({"LABEL_STUDIO_URL": "http://me:secret@host", "LABEL_STUDIO_API_KEY": "token"})
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("token", ["sec\nret", "sécret", "sec\x01ret"])
def test_a_token_that_cannot_be_sent_is_refused_without_repeating_it(token: str) -> None:
    with pytest.raises(AnnotationError, match="LABEL_STUDIO_API_KEY holds characters") as refused:
        connect({"LABEL_STUDIO_URL": URL, "LABEL_STUDIO_API_KEY": token})
    assert "ret" not in str(refused.value)
    assert refused.value.__context__ is None  # nor is it in a traceback


@pytest.mark.parametrize("missing", ["LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"])
def test_a_missing_variable_is_named(missing: str) -> None:
    environ = {"LABEL_STUDIO_URL": URL, "LABEL_STUDIO_API_KEY": "token"} | {missing: " "}
    with pytest.raises(AnnotationError, match=f"{missing} is not set"):
        connect(environ)


def test_the_least_certain_first_needs_predictions(
    conflict_events: Callable[..., tuple[int, str, str]],
) -> None:
    code, _, error = conflict_events("annotate", "push", "articles", "--uncertain-first")
    assert (code, "--predict" in error) == (2, True)
