"""Signatures as others see them: dkimpy, and Mail::DKIM where Perl has it, are the judges."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import cache
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.mail import get_connection
from hypothesis import example, given
from hypothesis import strategies as st
from pytest_django import Settings

from newsletter.rendering.slots import Slot
from newsletter.transports.base import TransportMisconfigured
from newsletter.transports.dkim import SIGNED, Signer, signer_for
from newsletter.transports.smtp import SmtpTransport
from newsletter.transports.wire import Compiled
from subscribers import emails
from tests import programs
from tests.channels import main
from tests.factories import make_notice, make_publication, make_subscription
from tests.newsletter.transports.conftest import make_batch, make_copy, with_edition
from tests.newsletter.transports.django_message import build_message
from tests.newsletter.transports.handing_over import hand_over
from tests.newsletter.transports.relay import Relay, bytes_of, relays
from tests.newsletter.transports.test_wire import composed, lines

Judge = Callable[[bytes], bool]

#: Verifies the message on standard input; its argument is what the DNS would give.
PERL = r"""
use Mail::DKIM::Verifier; use Mail::DKIM::PublicKey;
my $key = Mail::DKIM::PublicKey->parse($ARGV[0]);
{ no warnings; *Mail::DKIM::Signature::get_public_key = sub { $key }; }
my $dkim = Mail::DKIM::Verifier->new(); binmode STDIN;
while (<STDIN>) { s/\015?\012$//; $dkim->PRINT("$_\015\012"); }
$dkim->CLOSE; print $dkim->result;
"""


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ed25519_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@cache
def published() -> dict[str, bytes]:
    """The keys as the DNS shows them, by their selectors."""
    rsa_key = key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    short = ed25519_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {
        "s1": b"v=DKIM1; k=rsa; p=" + base64.b64encode(rsa_key),
        "e1": b"v=DKIM1; k=ed25519; p=" + base64.b64encode(short),
    }


def signed(message: bytes) -> bytes:
    return Signer("news.example", (key(), "s1")).signature(message) + message


def signed_twice(message: bytes) -> bytes:
    signer = Signer("news.example", (key(), "s1"), (ed25519_key(), "e1"))
    return signer.signature(message) + message


def verifies(message: bytes, signature: int = 0) -> bool:
    """Whether that signature of the message holds, counted from the top."""

    def dns(name: bytes, timeout: int = 5) -> bytes:
        selector, _dot, domain = name.decode().partition(".")
        assert domain == "_domainkey.news.example."
        return published()[selector]

    try:
        return bool(dkim.DKIM(message).verify(idx=signature, dnsfunc=dns))
    except dkim.DKIMException:
        return False


def verifies_in_perl(message: bytes) -> bool:
    done = subprocess.run(
        ["perl", "-e", PERL, published()["s1"]], input=message, capture_output=True, check=True
    )
    return done.stdout == b"pass"


judges = pytest.mark.parametrize(
    "judge",
    [
        verifies,
        pytest.param(
            verifies_in_perl,
            marks=pytest.mark.skipif(
                programs.mail_dkim() is None,
                reason="Perl has no Mail::DKIM: install libmail-dkim-perl.",
            ),
        ),
    ],
)


def an_issue() -> bytes:
    batch = make_batch("one@a.example")
    return Compiled(batch).message(batch.copies[0])


@judges
def test_a_signed_issue_verifies(judge: Judge) -> None:
    assert judge(signed(an_issue()))


def test_with_a_key_of_each_kind_both_signatures_verify() -> None:
    message = signed_twice(an_issue())

    assert message.count(b"DKIM-Signature: ") == 2
    assert message.index(b"a=rsa-sha256;") < message.index(b"a=ed25519-sha256;")
    assert [verifies(message, 0), verifies(message, 1)] == [True, True]


@pytest.mark.parametrize(
    "change", [(b"Subject: Western", b"Subject: Eastern"), (b"Kayes &amp;", b"Segou &amp;")]
)
def test_a_change_breaks_both_signatures(change: tuple[bytes, bytes]) -> None:
    message = signed_twice(an_issue())
    changed = message.replace(*change)
    assert changed != message

    assert [verifies(changed, 0), verifies(changed, 1)] == [False, False]


def test_ed25519_alone_is_a_signature_too() -> None:
    signer = Signer("news.example", (ed25519_key(), "e1"))
    message = an_issue()

    assert verifies(signer.signature(message) + message)


@judges
@pytest.mark.parametrize(
    "added", [b"List-Unsubscribe: <https://evil.example/>", b"From: x@y.example"]
)
def test_a_header_put_in_front_breaks_the_signature(judge: Judge, added: bytes) -> None:
    assert not judge(added + b"\r\n" + signed(an_issue()))


@pytest.mark.parametrize("name", SIGNED)
def test_no_header_that_is_signed_can_be_added(name: bytes) -> None:
    message = signed(an_issue())

    assert not verifies(name + b": <https://evil.example/>\r\n" + message)
    assert not verifies(message.replace(b"\r\n\r\n", b"\r\n" + name + b": x\r\n\r\n", 1))


@judges
def test_a_changed_subject_breaks_the_signature(judge: Judge) -> None:
    assert not judge(signed(an_issue()).replace(b"Subject: Western", b"Subject: Eastern"))


@judges
@pytest.mark.parametrize("part", [b"Kayes & Segou 1", b"Kayes &amp; Segou 1"])
def test_a_changed_body_breaks_the_signature(judge: Judge, part: bytes) -> None:
    message = signed(an_issue())
    assert part in message

    assert not judge(message.replace(part, part.upper()))


@judges
def test_a_body_that_grew_breaks_the_signature(judge: Judge) -> None:
    assert not judge(signed(an_issue()) + b"More.\r\n")


@judges
def test_spaces_that_a_relay_changed_do_not_matter(judge: Judge) -> None:
    message = signed(an_issue()).replace(
        b"\r\nSubject: Western Mali", b"\r\nSubject:  Western\r\n\tMali"
    )

    assert judge(message + b"\r\n\r\n")


@given(text=composed, html=composed, subject=lines.filter(str.strip), chosen=lines)
@example(text=".\n..\n. \n", html="", subject="x", chosen="")
@example(text="a  b \t\n\n\n  \n", html="  é \t  \n\n\n", subject="  é  ü  ", chosen=" \t ")
@example(text="", html="", subject="=?utf-8?q?x?=", chosen="")
def test_whatever_was_written_verifies(text: str, html: str, subject: str, chosen: str) -> None:
    copy = make_copy(1, "one@a.example")
    copy = copy._replace(values={**copy.values, Slot.CHOSEN_REGIONS: chosen})
    batch = with_edition(
        replace(make_batch(), copies=[copy], from_name="La Dépêche, du Mali"),
        text=(text,),
        html=(html,) if html else (),
        subject=subject,
    )

    assert verifies(signed(Compiled(batch).message(copy)))
    by_django: Any = build_message(batch, copy).message()
    assert verifies(signed(by_django.as_bytes(linesep="\r\n")))


@given(rows=st.lists(st.text(" \tx.", max_size=9)))
def test_any_spaces_and_empty_lines_verify(rows: list[str]) -> None:
    body = "".join(f"{row}\r\n" for row in rows)

    assert verifies(signed(f"From: a@news.example\r\nSubject:  x \t y\r\n\r\n{body}".encode()))


@pytest.mark.parametrize(
    ("address", "counts"),
    [
        ("a@news.example", True),
        ("a@NEWS.example", True),
        ("a@mail.news.example", True),
        ("a@example", True),
        ("a@badnews.example", False),
        ("a@other.example", False),
    ],
)
def test_a_signature_counts_for_its_domain_and_those_below_and_above(
    address: str, counts: bool
) -> None:
    assert Signer("news.example", (key(), "s1")).speaks_for(address) is counts


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("a@news.example", b"news.example"),
        ("a@NEWS.example", b"news.example"),
        ("a@mail.news.example", b"news.example"),
        ("a@other.example", b"other.example"),
        ("a@alerts.example", b"alerts.example"),
        ("a@x.alerts.example", b"x.alerts.example"),
        ("a@example.org", b"a.example.org"),
    ],
)
def test_mail_is_signed_by_the_key_nearest_to_its_sender(
    settings: Settings, address: str, domain: bytes
) -> None:
    domains = ["a.b.example.org", "a.example.org", "alerts.example", "x.alerts.example"]
    settings.DKIM_KEYS = [
        (key(), "s1", name) for name in (*domains, "news.example", "other.example")
    ]

    signer = signer_for(address)

    assert signer is not None
    assert b" d=" + domain + b";" in signer.signature(b"From: a@b.example\r\n\r\nHello\r\n")


@pytest.fixture
def relay(settings: Settings) -> Iterator[Relay]:
    settings.DKIM_KEYS = [(key(), "s1", "news.example")]
    with relays(settings) as start:
        yield start()


def test_mail_has_a_signature_by_each_key_of_its_domain(settings: Settings) -> None:
    others = [(ed25519_key(), "e9", "example"), (key(), "s9", "other.example")]
    ours = [(ed25519_key(), "e1", "news.example"), (key(), "s1", "news.example")]
    settings.DKIM_KEYS = [*others, *ours]

    signer = signer_for("desk@news.example")

    assert signer is not None
    message = signer.signature(an_issue()) + an_issue()
    assert message.count(b"DKIM-Signature: ") == 2
    assert [verifies(message, 0), verifies(message, 1)] == [True, True]


def test_what_the_relay_gets_is_signed(relay: Relay) -> None:
    batch = with_edition(make_batch("one@a.example", "two@a.example"), text=("..\n.\n a  b \n\n",))

    with closing(SmtpTransport(main())) as transport:
        assert hand_over(transport, batch).error is None

    assert [verifies(bytes_of(envelope)) for envelope in relay.received] == [True, True]


def test_mail_from_a_domain_that_the_key_does_not_speak_for_stays_here(relay: Relay) -> None:
    batch = replace(make_batch("one@a.example"), from_address="desk@other.example")

    with closing(SmtpTransport(main())) as transport:
        told = hand_over(transport, batch)

    assert isinstance(told.error, TransportMisconfigured)
    assert "no DKIM key goes with desk@other.example" in str(told.error)
    assert relay.received == []


@pytest.mark.django_db
def test_a_confirmation_is_signed_too(relay: Relay, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "newsletter.transports.signed_smtp.EmailBackend"
    publication = make_publication(name="Dépêche", from_address="desk@news.example")
    mail = emails.confirm(make_notice(make_subscription(publication=publication, status="pending")))

    assert get_connection().send_messages([mail]) == 1

    (envelope,) = relay.received
    assert verifies(bytes_of(envelope))
    # What no hop has to convert for one that takes no other bytes.
    assert bytes_of(envelope).isascii()
    assert b"8bit" not in bytes_of(envelope)


@pytest.mark.django_db
def test_a_confirmation_that_no_key_speaks_for_stays_here_too(
    relay: Relay, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "newsletter.transports.signed_smtp.EmailBackend"
    publication = make_publication(from_address="desk@other.example")
    mail = emails.confirm(make_notice(make_subscription(publication=publication, status="pending")))

    with pytest.raises(TransportMisconfigured, match="no DKIM key goes with"):
        get_connection().send_messages([mail])

    assert relay.received == []


@pytest.mark.django_db
def test_without_a_key_a_confirmation_goes_out_unsigned(relay: Relay, settings: Settings) -> None:
    settings.DKIM_KEYS = []
    settings.EMAIL_BACKEND = "newsletter.transports.signed_smtp.EmailBackend"

    get_connection().send_messages(
        [emails.confirm(make_notice(make_subscription(status="pending")))]
    )

    assert b"DKIM-Signature" not in bytes_of(relay.received[0])
