"""What the product costs: ``python -m benchmarks.search``, ``.indexing`` and ``.http``."""
