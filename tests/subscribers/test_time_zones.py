"""Time zones are told by the names of places, and none is lost or told like another."""

from __future__ import annotations

from subscribers.time_zones import all_time_zones, known_time_zones, places


def test_a_time_zone_is_offered_by_the_name_of_its_place() -> None:
    offered = dict(places())

    assert offered["Africa/Bamako"] == "Bamako"
    assert offered["America/Argentina/Ushuaia"] == "Ushuaia"


def test_places_stand_in_the_order_of_their_names_and_each_is_called_otherwise() -> None:
    names = [name for _zone, name in places()]

    assert names == sorted(names)
    assert len(names) == len(set(names))


def test_the_desk_is_offered_every_time_zone_that_there_is() -> None:
    assert {zone for zone, _name in all_time_zones()} == known_time_zones()
