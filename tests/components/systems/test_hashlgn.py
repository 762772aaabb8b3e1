from hashbench.components.systems.hashlgn import SYSTEMS


def test_both_systems_are_there_and_say_their_departures():
    assert [system.name for system in SYSTEMS] == ["lightgcn", "hashlgn"]
    assert all("section 4" in system.departures for system in SYSTEMS)
