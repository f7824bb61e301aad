from __future__ import annotations

from newsletter.editions.content import IssueContent, content_hash
from tests.newsletter.editions.content import incident, issue, section


def test_content_survives_its_json_form() -> None:
    content = issue(section(1), section(2, "ML-1", incidents=(incident(7),)), assessed=("ML-1",))

    assert IssueContent.from_json(content.to_json()) == content


def test_equal_content_has_one_hash_and_other_content_another() -> None:
    one, same, other = issue(section(1)), issue(section(1)), issue(section(2))

    assert content_hash(one.to_json()) == content_hash(same.to_json())
    assert content_hash(one.to_json()) != content_hash(other.to_json())


def test_the_hash_does_not_depend_on_the_order_of_keys() -> None:
    plain = issue(section(1)).to_json()

    assert content_hash(dict(reversed(plain.items()))) == content_hash(plain)
