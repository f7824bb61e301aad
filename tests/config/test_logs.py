from __future__ import annotations

import logging

from config.logs import WithoutTokens


def logged(message: str, *args: object) -> str:
    record = logging.LogRecord("django", logging.WARNING, __file__, 1, message, args, None)
    assert WithoutTokens().filter(record)
    return record.getMessage()


def test_tokens_are_cut_out_of_paths() -> None:
    assert logged("Gone: %s", "/unsubscribe/abc:def-1/") == "Gone: /unsubscribe/…/"
    assert logged('"GET /confirm/abc HTTP/1.1" 404') == '"GET /confirm/… HTTP/1.1" 404'


def test_everything_else_is_logged_as_it_is() -> None:
    assert logged("Mailing %s: %d%% done", 7, 50) == "Mailing 7: 50% done"
