"""What anyone can install, set up as its documentation shows it, on the text as it is.

Every one ranks the documents that hold any term of the query: asked for all of them, most
questions would find nothing.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import bm25s
import tantivy
from whoosh import fields, scoring
from whoosh.analysis import NgramWordAnalyzer, StandardAnalyzer
from whoosh.filedb.filestore import RamStorage
from whoosh.query import Or, Term

from benchmarks.relevance.measures import DEPTH
from benchmarks.relevance.ours import Ask

_WORD = re.compile(r"\w+")
_WRITER_BYTES = 128 << 20


def whoosh_standard(documents: Sequence[str]) -> Ask:
    """Whoosh with the analyser of its TEXT fields."""
    return _whoosh(documents, StandardAnalyzer())


def whoosh_bigrams(documents: Sequence[str]) -> Ask:
    """Whoosh with the bigrams of words."""
    return _whoosh(documents, NgramWordAnalyzer(2))


def bm25s_words(documents: Sequence[str]) -> Ask:
    """bm25s on what stands between spaces."""
    return _bm25s(documents, str.split)


def bm25s_bigrams(documents: Sequence[str]) -> Ask:
    """bm25s on the character bigrams of words."""
    return _bm25s(documents, _bigrams)


def tantivy_default(documents: Sequence[str]) -> Ask:
    """Tantivy with the tokenizer of its text fields."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    builder = builder.filter(tantivy.Filter.remove_long(40)).filter(tantivy.Filter.lowercase())
    return _tantivy(documents, "default", builder.build())


def tantivy_bigrams(documents: Sequence[str]) -> Ask:
    """Tantivy with its n-gram tokenizer, n = 2."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(2, 2, False))
    return _tantivy(documents, "ngram2", builder.filter(tantivy.Filter.lowercase()).build())


RIVALS: dict[str, Callable[[Sequence[str]], Ask]] = {
    "Whoosh StandardAnalyzer": whoosh_standard,
    "Whoosh NgramWordAnalyzer(2)": whoosh_bigrams,
    "bm25s whitespace": bm25s_words,
    "bm25s bigrams": bm25s_bigrams,
    "Tantivy default": tantivy_default,
    "Tantivy ngram 2": tantivy_bigrams,
}


def _whoosh(documents: Sequence[str], analyser: Any) -> Ask:
    schema = fields.Schema(number=fields.STORED, text=fields.TEXT(analyzer=analyser, phrase=False))
    index = RamStorage().create_index(schema)
    writer = index.writer(limitmb=256)
    for number, text in enumerate(documents):
        writer.add_document(number=number, text=text)
    writer.commit()
    searcher = index.searcher(weighting=scoring.BM25F())

    def ask(text: str) -> Sequence[int]:
        words = dict.fromkeys(token.text for token in analyser(text, mode="query"))
        found = searcher.search(Or([Term("text", word) for word in words]), limit=DEPTH)
        return [hit["number"] for hit in found]

    return ask


def _bm25s(documents: Sequence[str], split: Callable[[str], list[str]]) -> Ask:
    model = bm25s.BM25()
    model.index([split(text.lower()) for text in documents], show_progress=False)
    known = model.vocab_dict

    def ask(text: str) -> Sequence[int]:
        words = [word for word in split(text.lower()) if word in known]
        if not words:
            return []
        size = min(DEPTH, len(documents))
        found, scores = model.retrieve([words], k=size, show_progress=False)
        pairs = zip(found[0].tolist(), scores[0].tolist(), strict=True)
        return [number for number, score in pairs if score > 0]

    return ask


def _bigrams(text: str) -> list[str]:
    out: list[str] = []
    for word in _WORD.findall(text):
        out += map("".join, pairwise(word)) if len(word) > 1 else [word]
    return out


def _tantivy(documents: Sequence[str], name: str, analyser: Any) -> Ask:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("number", stored=True)
    builder.add_text_field("text", tokenizer_name=name)
    schema = builder.build()
    index = tantivy.Index(schema)
    index.register_tokenizer(name, analyser)
    writer = index.writer(_WRITER_BYTES, 1)
    for number, text in enumerate(documents):
        writer.add_document(tantivy.Document(number=number, text=text))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def ask(text: str) -> Sequence[int]:
        words = dict.fromkeys(analyser.analyze(text))
        terms = [tantivy.Query.term_query(schema, "text", word) for word in words]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        hits = searcher.search(query, DEPTH).hits
        return [searcher.doc(address)["number"][0] for _, address in hits]

    return ask
