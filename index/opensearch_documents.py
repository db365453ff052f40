"""A document as a cluster takes it."""

from base64 import b64encode
from hashlib import blake2b
from typing import Any

from index.document import Document, title_key
from index.fields import (
    DATE_FACETS,
    RUN_SUFFIX,
    SIDE_SUFFIX,
    TEXT_FIELDS,
    VALUE_FACETS,
    facet_key,
)
from index.opensearch_layout import SEPARATOR, SPELLED_SUFFIX, WORDS_SUFFIX
from index.opensearch_terms import LONGEST_TERM, bigrams, morphemes


def version_id(document_id: str, generation: int) -> str:
    """The _id of what a generation made of a document: ids may be longer than the 512 bytes that
    an _id may have."""
    digest = blake2b(document_id.encode("utf-8", "surrogatepass"), digest_size=16)
    return f"{digest.hexdigest()}-{generation}"


def to_cluster(document: Document, generation: int) -> dict[str, Any]:
    """The document of the cluster that stands for a document from a generation on."""
    found: dict[str, Any] = {
        "id": document.id,
        "from": generation,
        "visible_from": document.visible_from,
        "visible_to": document.visible_to,
        "withheld": int(document.withheld),
        "title_key": title_key(document.record.get("title", ""))[:LONGEST_TERM],
        "record": document.record,
        "spans": b64encode(document.spans).decode("ascii"),
    }
    if document.date is not None:
        found["date"] = document.date
    for name in TEXT_FIELDS:
        own = document.text[name]
        found[name] = morphemes(own)
        found[name + SIDE_SUFFIX] = bigrams(own)
        found[name + RUN_SUFFIX] = own.runs
        found[name + WORDS_SUFFIX] = [t for t in own.terms if len(t) <= LONGEST_TERM]
    return found | _facets(document)


def _facets(document: Document) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in (*VALUE_FACETS, *DATE_FACETS):
        values = dict.fromkeys(value[:LONGEST_TERM] for value in document.facets[name])
        found[name] = sorted({facet_key(value) for value in values})
        if name in VALUE_FACETS:
            found[name + SPELLED_SUFFIX] = [facet_key(v) + SEPARATOR + v for v in values]
    return found
