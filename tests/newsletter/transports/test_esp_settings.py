"""What must hold of an ESP's settings, whatever the environment says."""

from __future__ import annotations

import sys

import pytest

from config.channels import ESPS as CHOICES
from newsletter.transports.base import OutgoingBatch, TransportMisconfigured
from newsletter.transports.esp import EspTransport
from newsletter.transports.esp_capabilities import ESPS
from newsletter.transports.esp_connections import ses_client_params, timeouts
from tests.channels import main
from tests.newsletter.transports.conftest import results_of
from tests.newsletter.transports.esps import SETTINGS

TIMEOUT = "MAIL_ALERTS_ANYMAIL_REQUESTS_TIMEOUT"
PARAMS = "MAIL_ALERTS_ANYMAIL_AMAZON_SES_CLIENT_PARAMS"


@pytest.mark.parametrize(
    ("channel", "variable"),
    [("main", "ANYMAIL_MAILGUN_API_KEY"), ("a-b", "MAIL_A_B_ANYMAIL_MAILGUN_API_KEY")],
)
def test_a_missing_key_stops_everything_and_names_the_variable(
    settings: object, batch: OutgoingBatch, channel: str, variable: str
) -> None:
    settings.ANYMAIL = {}  # type: ignore[attr-defined]

    with pytest.raises(TransportMisconfigured, match=f"^{variable} is not set"):
        results_of(EspTransport(main(name=channel, transport="mailgun")), batch)


@pytest.mark.parametrize("value", [True, "true", "False"])
def test_readers_are_never_shown_to_each_other_by_a_setting(
    settings: object, batch: OutgoingBatch, value: object
) -> None:
    settings.ANYMAIL = {**SETTINGS, "IGNORE_UNSUPPORTED_FEATURES": value}  # type: ignore[attr-defined]

    with pytest.raises(TransportMisconfigured, match="each other"):
        results_of(EspTransport(main(transport="mailgun")), batch)


def test_an_address_that_cannot_be_one_stops_everything(
    settings: object, batch: OutgoingBatch
) -> None:
    settings.ANYMAIL = {**SETTINGS, "MAILGUN_API_URL": "mailgun.example/v3"}  # type: ignore[attr-defined]

    with pytest.raises(TransportMisconfigured, match="cannot be called"):
        results_of(EspTransport(main(transport="mailgun")), batch)


def test_a_package_that_is_missing_stops_everything_and_is_named(
    settings: object, batch: OutgoingBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ANYMAIL = {}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.delitem(sys.modules, "anymail.backends.amazon_ses", raising=False)

    with pytest.raises(TransportMisconfigured, match="boto3"):
        results_of(EspTransport(main(transport="amazon_ses")), batch)


@pytest.mark.parametrize("given", ["30", 30, "30,30", (30, 30), [30.0, 30.0]])
def test_timeouts_are_understood_however_they_are_written(given: object) -> None:
    assert timeouts(given, TIMEOUT) == (30.0, 30.0)


def test_connecting_may_take_less_long_than_answering() -> None:
    assert timeouts("5,60", TIMEOUT) == (5.0, 60.0)


@pytest.mark.parametrize("given", ["", "soon", "0", "-1", "inf", "nan", "5,600", "1,2,3", None, ()])
def test_waiting_always_has_an_end(given: object) -> None:
    with pytest.raises(TransportMisconfigured, match=f"^{TIMEOUT}="):
        timeouts(given, TIMEOUT)


@pytest.mark.parametrize(
    "given",
    [
        {},
        "{}",
        '{"config": {"retries": {"max_attempts": 10, "mode": "legacy"}, "read_timeout": 900}}',
        {"config": {"connect_timeout": None, "retries": {"total_max_attempts": 5}}},
    ],
)
def test_boto3_never_repeats_a_call_and_never_waits_for_ever(given: object) -> None:
    config = ses_client_params(given, PARAMS)["config"]

    assert config["retries"] == {"total_max_attempts": 1, "mode": "standard"}
    assert (config["connect_timeout"], config["read_timeout"]) == (5.0, 30.0)


def test_what_else_is_said_of_boto3_s_client_is_kept() -> None:
    given = '{"region_name": "eu-west-3", "config": {"proxies": {}}}'

    params = ses_client_params(given, PARAMS)

    assert params["region_name"] == "eu-west-3"
    assert params["config"]["proxies"] == {}


@pytest.mark.parametrize("given", ["not JSON", "[]", 3, '{"config": 3}'])
def test_boto3_s_client_is_not_made_of_anything_else(given: object) -> None:
    with pytest.raises(TransportMisconfigured, match=f"^{PARAMS} is not JSON"):
        ses_client_params(given, PARAMS)


def test_every_esp_that_can_be_chosen_is_in_the_table() -> None:
    assert set(CHOICES) == set(ESPS)
