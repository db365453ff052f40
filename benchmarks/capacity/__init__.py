"""What an archive of a given size needs, worked out from what the other benchmarks measured."""
