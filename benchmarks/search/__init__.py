"""Searching: the arrays beside Tantivy, SQLite FTS5, bm25s and Whoosh as it comes."""
