"""What is said until the first letter, word for word, without a socket."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest

from newsletter.transports.base import TransportMisconfigured
from newsletter.transports.smtp_handshake import Features, Relay, greeted, signed_in
from newsletter.transports.smtp_replies import Lost, Replies, Reply

RELAY = Relay("relay.example", 25, "", "", starttls=False, tls=False, name="us.example")
SIGNED_IN = replace(RELAY, user="user", password="pass")


def replies(*said: bytes) -> list[Reply]:
    parser = Replies()
    return [reply for data in said for reply in parser.feed(data)]


def say(dialogue: Generator[bytes, Reply, Any], said: bytes) -> bytes:
    [reply] = replies(said)
    return dialogue.send(reply)


def end_of(dialogue: Generator[bytes, Reply, Any], said: bytes) -> object:
    [reply] = replies(said)
    with pytest.raises(StopIteration) as end:
        dialogue.send(reply)
    return end.value.value


def test_a_reply_is_whole_when_its_last_line_is() -> None:
    said = (b"2", b"50-relay.exa", b"mple\r\n250-SIZE 9", b"\r\n250", b" PIPELINING\r", b"\n")

    assert replies(*said) == [Reply(250, ("relay.example", "SIZE 9", "PIPELINING"))]


def test_several_may_come_at_once() -> None:
    assert [r.code for r in replies(b"250 a\r\n550-b\r\n550 c\r\n354\r\n")] == [250, 550, 354]


def test_its_text_is_one_line() -> None:
    [reply] = replies(b"550-5.1.1 no such\r\n550 mailbox here\r\n")

    assert reply.text == "550 5.1.1 no such mailbox here"


@pytest.mark.parametrize(
    "said", [b"hello\r\n", b"\r\n", b"25 ok\r\n", b"2500 ok\r\n", b"150 ok\r\n", b"\xff\r\n"]
)
def test_anything_else_cannot_be_read(said: bytes) -> None:
    with pytest.raises(Lost, match="cannot be read"):
        replies(said)


def test_a_relay_that_never_comes_to_the_point_is_left() -> None:
    with pytest.raises(Lost, match="does not end"):
        replies(*[b"250-and another thing: " + b"x" * 1000 + b"\r\n"] * 100)


def test_it_says_hello_and_learns_what_is_offered() -> None:
    dialogue = signed_in(RELAY)

    assert next(dialogue) == b"EHLO us.example\r\n"
    features = end_of(dialogue, b"250-relay\r\n250-size 9\r\n250 PIPELINING\r\n")
    assert features == Features(pipelining=True, size=True)


def test_tls_is_asked_for_in_the_clear_and_begins_after_the_go_ahead() -> None:
    dialogue = greeted(replace(RELAY, starttls=True))

    assert next(dialogue) == b""
    assert say(dialogue, b"220 hello\r\n") == b"EHLO us.example\r\n"
    assert say(dialogue, b"250-relay\r\n250 STARTTLS\r\n") == b"STARTTLS\r\n"
    end_of(dialogue, b"220 go\r\n")


def test_a_relay_without_tls_gets_no_word_more() -> None:
    dialogue = greeted(replace(RELAY, starttls=True))
    next(dialogue)
    say(dialogue, b"220 hello\r\n")

    with pytest.raises(TransportMisconfigured, match="STARTTLS"):
        say(dialogue, b"250-relay\r\n250 AUTH PLAIN\r\n")


def test_it_signs_in_in_one_step_if_it_may() -> None:
    dialogue = signed_in(SIGNED_IN)
    next(dialogue)

    said = say(dialogue, b"250-relay\r\n250 AUTH LOGIN PLAIN\r\n")

    assert said == b"AUTH PLAIN " + b64encode(b"\0user\0pass") + b"\r\n"
    end_of(dialogue, b"235 welcome\r\n")


def test_it_signs_in_in_three_steps_otherwise() -> None:
    dialogue = signed_in(SIGNED_IN)
    next(dialogue)

    assert say(dialogue, b"250-relay\r\n250 AUTH LOGIN\r\n") == b"AUTH LOGIN\r\n"
    assert say(dialogue, b"334 VXNlcm5hbWU6\r\n") == b64encode(b"user") + b"\r\n"
    assert say(dialogue, b"334 UGFzc3dvcmQ6\r\n") == b64encode(b"pass") + b"\r\n"
    end_of(dialogue, b"235 welcome\r\n")


def test_a_wrong_password_is_a_matter_of_settings() -> None:
    dialogue = signed_in(SIGNED_IN)
    next(dialogue)
    say(dialogue, b"250-relay\r\n250 AUTH PLAIN\r\n")

    with pytest.raises(TransportMisconfigured, match="535"):
        say(dialogue, b"535 5.7.8 wrong\r\n")


def test_a_relay_that_cannot_check_passwords_now_is_come_back_to() -> None:
    dialogue = signed_in(SIGNED_IN)
    next(dialogue)
    say(dialogue, b"250-relay\r\n250 AUTH PLAIN\r\n")

    with pytest.raises(Lost, match="454"):
        say(dialogue, b"454 4.7.0 later\r\n")


def test_a_relay_without_a_way_to_sign_in_is_a_matter_of_settings() -> None:
    dialogue = signed_in(SIGNED_IN)
    next(dialogue)

    with pytest.raises(TransportMisconfigured, match="no way to sign in"):
        say(dialogue, b"250-relay\r\n250 AUTH GSSAPI\r\n")
