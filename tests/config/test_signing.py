"""The keys that mail is signed with, by the environment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.exceptions import ImproperlyConfigured

from config import signing


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DKIM_KEY", "DKIM_SELECTOR", "DKIM_DOMAIN", "DKIM_KEYS"):
        monkeypatch.delenv(name, raising=False)


#: Bits of a key that can be broken.
SHORT = 1024


AnyKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey


def pem(key: AnyKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def set_dkim(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the three variables, to what works unless told otherwise."""

    def set_dkim(**values: str) -> None:
        key = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
        works = {"DKIM_KEY": key, "DKIM_SELECTOR": "s1", "DKIM_DOMAIN": "News.example"}
        for name, value in {**works, **values}.items():
            monkeypatch.setenv(name, value)

    return set_dkim


def test_mail_is_not_signed_unless_said_otherwise() -> None:
    assert signing.dkim_keys() == []


def test_a_key_may_be_text_on_one_line_or_a_file(
    set_dkim: Callable[..., None], tmp_path: Path
) -> None:
    text = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    (tmp_path / "dkim.pem").write_text(text)
    keys = []
    for given in (text, text.replace("\n", "\\n"), str(tmp_path / "dkim.pem")):
        set_dkim(DKIM_KEY=given)
        ((key, selector, domain),) = signing.dkim_keys()
        assert (selector, domain) == ("s1", "news.example")
        keys.append(pem(key))

    assert keys == [text] * 3


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("DKIM_KEY", "", "Set DKIM_KEY too"),
        ("DKIM_SELECTOR", "", "Set DKIM_SELECTOR too"),
        ("DKIM_DOMAIN", "", "Set DKIM_DOMAIN too"),
        ("DKIM_DOMAIN", "news.example; t=y", "DKIM_DOMAIN=news.example; t=y"),
        ("DKIM_SELECTOR", "s_1\n", "DKIM_SELECTOR"),
        ("DKIM_KEY", "/nowhere/dkim.pem", "cannot be read"),
        ("DKIM_KEY", "-----BEGIN NONSENSE-----", "cannot be read"),
        ("DKIM_KEY", pem(ec.generate_private_key(ec.SECP256R1())), "no RSA key"),
        ("DKIM_KEY", pem(rsa.generate_private_key(65537, SHORT)), "2048 bits"),
    ],
)
def test_a_signature_that_cannot_work_stops_the_start(
    set_dkim: Callable[..., None], name: str, value: str, complaint: str
) -> None:
    set_dkim(**{name: value})

    with pytest.raises(ImproperlyConfigured, match=complaint):
        signing.dkim_keys()


def listed(tmp_path: Path, domain: str, selector: str = "s1", *, key: AnyKey | None = None) -> str:
    key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = tmp_path / f"{domain}-{selector}-{type(key).__name__}.pem"
    path.write_text(pem(key))
    return f"{domain}:{selector}:{path}"


def test_each_domain_may_have_a_key(
    set_dkim: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_dkim()
    keys = [listed(tmp_path, "Other.example", "2026a"), listed(tmp_path, "third.example")]
    monkeypatch.setenv("DKIM_KEYS", ", ".join(keys))

    found = [(selector, domain) for _key, selector, domain in signing.dkim_keys()]

    assert found == [("s1", "news.example"), ("2026a", "other.example"), ("s1", "third.example")]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("news.example", "write it like domain:selector:/path"),
        ("news.example:s1", "write it like domain:selector:/path"),
        ("news.example:s 1:/x.pem", "s 1 cannot be part of a name in the DNS"),
        ("news.example:s1:/nowhere/x.pem", r"DKIM_KEYS, “news.example:s1:.* cannot be read"),
    ],
)
def test_a_key_in_the_list_that_can_sign_nothing_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, given: str, complaint: str
) -> None:
    monkeypatch.setenv("DKIM_KEYS", given)

    with pytest.raises(ImproperlyConfigured, match=complaint):
        signing.dkim_keys()


def test_a_domain_may_have_an_ed25519_key_beside_its_rsa_key(
    set_dkim: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_dkim()
    second = listed(tmp_path, "news.example", "s2", key=Ed25519PrivateKey.generate())
    monkeypatch.setenv("DKIM_KEYS", second)

    found = [(type(key).__name__, *names) for key, *names in signing.dkim_keys()]

    assert found == [
        ("RSAPrivateKey", "s1", "news.example"),
        ("Ed25519PrivateKey", "s2", "news.example"),
    ]


def test_two_keys_of_one_kind_for_one_domain_stop_the_start(
    set_dkim: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_dkim()
    monkeypatch.setenv("DKIM_KEYS", listed(tmp_path, "news.example", "s2"))

    with pytest.raises(ImproperlyConfigured, match="two keys of one kind are of news"):
        signing.dkim_keys()


def test_two_keys_under_one_selector_stop_the_start(
    set_dkim: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_dkim()
    second = listed(tmp_path, "news.example", "s1", key=Ed25519PrivateKey.generate())
    monkeypatch.setenv("DKIM_KEYS", second)

    with pytest.raises(ImproperlyConfigured, match="have the selector s1"):
        signing.dkim_keys()
