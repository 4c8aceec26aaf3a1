"""Sources: where the data is, how it is read, and what a checked table looks like."""
