from __future__ import annotations

import logging
import sys

from config.logs import StrangersInOneLine, WithoutTokens


def logged(message: str, *args: object) -> str:
    record = logging.LogRecord("django", logging.WARNING, __file__, 1, message, args, None)
    assert WithoutTokens().filter(record)
    return record.getMessage()


def test_tokens_are_cut_out_of_paths() -> None:
    assert logged("Gone: %s", "/unsubscribe/abc:def-1/") == "Gone: /unsubscribe/…/"
    assert logged('"GET /confirm/abc HTTP/1.1" 404') == '"GET /confirm/… HTTP/1.1" 404'


def test_everything_else_is_logged_as_it_is() -> None:
    assert logged("Mailing %s: %d%% done", 7, 50) == "Mailing 7: 50% done"


def record_of_an_error(logger: str) -> logging.LogRecord:
    try:
        raise ValueError
    except ValueError:
        found = sys.exc_info()
    record = logging.LogRecord(logger, logging.ERROR, __file__, 1, "Invalid host", (), found)
    assert StrangersInOneLine().filter(record)
    return record


def test_what_strangers_do_wrong_is_a_warning_in_one_line() -> None:
    record = record_of_an_error("django.security.DisallowedHost")

    assert logging.Formatter("%(levelname)s %(message)s").format(record) == "WARNING Invalid host"


def test_what_we_do_wrong_is_an_error_with_its_traceback() -> None:
    assert record_of_an_error("django.request").exc_info
