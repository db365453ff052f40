"""Indexing: writing alone, and whole runs of reindex on Markdown."""
