"""One search over the shards of a catalogue: cut into ranges of items, asked alike, answers merged."""
