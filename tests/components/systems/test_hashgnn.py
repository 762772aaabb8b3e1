from hashbench.components.systems.hashgnn import SYSTEMS


def test_every_baseline_of_the_paper_is_there_and_says_its_departures():
    assert [system.name for system in SYSTEMS] == [
        "hashgnn",
        "hashgnn_nr",
        "hashgnn_sp",
        "hash_ste",
        "hash_gumb",
        "hashnet",
        "lsh",
        "graphsage",
        "mf",
        "pte",
        "bine",
    ]
    assert all("WWW 2020, section 4.1" in system.departures for system in SYSTEMS)
