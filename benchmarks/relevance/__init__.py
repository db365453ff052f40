"""Retrieval quality on judged Korean sets: our engine beside what anyone can install."""
