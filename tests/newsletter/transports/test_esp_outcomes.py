"""What an error means, of those that no sink can bring about: Amazon's, and the odd ones.

boto3 is not among the packages of the tests; what Anymail makes of its answers is.
"""

from __future__ import annotations

import re
import ssl

import pytest
import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailInvalidAddress,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)
from anymail.message import AnymailMessage
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError, ReadTimeoutError, SSLError

from newsletter.transports.base import (
    Outcome,
    OutgoingMessage,
    Result,
    TransportMisconfigured,
    TransportUnavailable,
    UnwritableMail,
)
from newsletter.transports.esp_capabilities import ESPS
from newsletter.transports.esp_outcomes import CallRefused, results_after, results_in
from tests.newsletter.transports.conftest import make_copy

ONE = [make_copy(1, "one@a.example")]
TWO = [*ONE, make_copy(2, "two@a.example")]
POOL = ConnectionPool("esp.example")


def after(
    error: Exception, copies: list[OutgoingMessage] = ONE, *, esp: str = "amazon_ses"
) -> Result:
    return results_after(error, AnymailMessage(), copies, ESPS[esp])[0]


def amazon(status: int, code: str) -> AnymailAPIError:
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return AnymailAPIError(code, response=answer)


def caused_by(cause: Exception) -> AnymailAPIError:
    error = AnymailAPIError("it went wrong")
    error.__cause__ = cause
    return error


def named(name: str) -> Exception:
    """One of boto3's errors, which are known by their names."""
    error: Exception = type(name, (Exception,), {})(name)
    return error


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (429, "TooManyRequestsException", Outcome.DEFERRED),
        (400, "Throttling", Outcome.DEFERRED),
        (400, "LimitExceededException", Outcome.DEFERRED),
        (400, "MessageRejected", Outcome.REJECTED),
        (400, "BadRequestException", Outcome.REJECTED),
        (500, "InternalFailure", Outcome.UNKNOWN),
        (503, "ServiceUnavailable", Outcome.UNKNOWN),
    ],
)
def test_amazon_s_answers_are_judged_by_status_and_code(
    status: int, code: str, outcome: Outcome
) -> None:
    assert after(amazon(status, code)).outcome is outcome


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "AccessDeniedException"),
        (404, "NotFoundException"),
        (400, "AccountSuspendedException"),
        (400, "SendingPausedException"),
        (400, "MailFromDomainNotVerifiedException"),
    ],
)
def test_an_account_at_amazon_that_may_not_send_stops_everything(status: int, code: str) -> None:
    with pytest.raises(TransportMisconfigured):
        after(amazon(status, code))


@pytest.mark.parametrize("name", ["EndpointConnectionError", "ConnectTimeoutError"])
def test_amazon_not_reached_is_unavailable(name: str) -> None:
    with pytest.raises(TransportUnavailable):
        after(caused_by(named(name)))


def test_amazon_without_a_key_stops_everything() -> None:
    with pytest.raises(TransportMisconfigured):
        after(caused_by(named("NoCredentialsError")))


@pytest.mark.parametrize("name", ["ReadTimeoutError", "ConnectionClosedError", "SSLError"])
def test_amazon_that_does_not_answer_is_unknown(name: str) -> None:
    assert after(caused_by(named(name))).outcome is Outcome.UNKNOWN


def test_a_certificate_that_is_not_the_esp_s_means_that_nothing_was_sent() -> None:
    reason = SSLError(ssl.SSLCertVerificationError("certificate verify failed"))
    cause = requests.exceptions.SSLError(MaxRetryError(POOL, "/", reason))

    with pytest.raises(TransportUnavailable):
        after(caused_by(cause), esp="mailgun")


def test_any_other_trouble_with_encryption_may_come_after_the_call() -> None:
    reason = SSLError(ssl.SSLError("decryption failed or bad record mac"))
    cause = requests.exceptions.SSLError(MaxRetryError(POOL, "/", reason))

    assert after(caused_by(cause), esp="mailgun").outcome is Outcome.UNKNOWN


def test_a_read_that_timed_out_is_unknown() -> None:
    cause = requests.exceptions.ReadTimeout(ReadTimeoutError(POOL, "/", "timed out"))

    assert after(caused_by(cause), esp="mailgun").outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "error",
    [
        AnymailUnsupportedFeature("EAI in reply_to"),
        AnymailSerializationError("what is this?"),
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    ],
)
def test_a_message_that_no_call_can_be_made_of_is_no_fault_of_its_readers(error: Exception) -> None:
    with pytest.raises(UnwritableMail, match=re.escape(str(error))):
        after(error, TWO, esp="mailgun")


def test_an_address_that_no_call_can_be_made_for_is_rejected_in_its_words() -> None:
    result = after(AnymailInvalidAddress("no @"), esp="mailgun")

    assert (result.outcome, result.detail) == (Outcome.REJECTED, "no @")


def test_where_no_call_can_be_made_for_several_it_may_be_one_of_them() -> None:
    with pytest.raises(CallRefused):
        after(AnymailInvalidAddress("no @"), TWO, esp="mailgun")


def test_an_answer_that_anymail_trips_over_is_unknown() -> None:
    message = AnymailMessage()
    message.anymail_status.esp_response = requests.Response()

    (result,) = results_after(KeyError("emails"), message, ONE, ESPS["unisender_go"])

    assert result.outcome is Outcome.UNKNOWN


def test_a_setting_that_is_missing_stops_everything() -> None:
    with pytest.raises(TransportMisconfigured):
        after(AnymailConfigurationError("MAILGUN_API_KEY"), esp="mailgun")


def test_an_error_that_has_nothing_to_do_with_sending_goes_on() -> None:
    with pytest.raises(MemoryError):
        after(MemoryError(), esp="mailgun")


def test_a_reader_missing_from_an_answer_is_unknown() -> None:
    message = AnymailMessage()
    message.anymail_status.esp_response = requests.Response()

    results = results_in(message, TWO, ESPS["mailgun"])

    assert {result.outcome for result in results} == {Outcome.UNKNOWN}


def test_what_is_kept_of_an_answer_is_short() -> None:
    assert len(after(AnymailInvalidAddress("no " * 1000), esp="mailgun").detail) <= 300
