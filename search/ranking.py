"""The ranking: BM25F as functions over arrays, and its numbers as data.

Robertson, Zaragoza and Taylor, Simple BM25 Extension to Multiple Weighted Fields (2004): the
frequencies of a term in the fields are weighted and added before they saturate, and the term has
one idf. With ``w`` the weight of a field and ``first`` the place where a term first stands in it:

    norm     = w / (1 - b + b * length / average length)
    weighted = sum over fields of frequency * norm + LEAD * exp(-first / LEAD_SPAN)
    score    = sum over terms of weight * idf * weighted / (k1 + weighted)
    score   *= 1 + RECENCY * 2 ** (-age / RECENCY_HALF_LIFE)

Side bigrams have no lead and SIDE_K1; noun runs have ``weighted`` = sum of w over the fields that
hold them. The numbers were chosen by nDCG@10 on three Korean retrieval sets (``make
bench-relevance``) where their optimum is flat: half or double of any of them costs less than 0.003.
A title's weight was measured with titles on one of them.
"""

import math

import numpy as np
import numpy.typing as npt

from index.fields import FIELD_WEIGHT

K1 = 1.0
SIDE_K1 = 0.4
B = {"title": 0.3, "subtitle": 0.75, "body": 0.75}
SIDE_WEIGHT = 0.4
# A noun run that stands in a document just as in the query: 공기업 as a whole, not 공 and 기업.
RUN_WEIGHT = 0.3
# What a text is about, it says first: a term at the head of a body counts as four, one that comes
# LEAD_SPAN positions later as 2.1. Titles are all head.
LEAD = {"body": 3.0}
LEAD_SPAN = 10.0
# Of two articles that are as good as equal the newer comes first: the newest gains 2 percent, one
# that is a year older half of it. Not measured, as no set has dates; small on purpose.
RECENCY = 0.02
RECENCY_HALF_LIFE = 365 * 86400
# What a synonym counts beside the word as it was typed (한국은행 for 한은), unless its line in the
# file says otherwise. Not measured: no retrieval set asks in abbreviations. Near 1, because a
# synonym is as good an answer; below it, because of two equal articles the one with the word that
# was typed should stand first.
SYNONYM_WEIGHT = 0.8

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.integer]


def idf(frequency: int, documents: int) -> float:
    """Inverse document frequency, ln(1 + (N - n + 0.5) / (n + 0.5)).

    Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), with the one of Lucene
    that keeps it positive.
    """
    return math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))


def field_norms(lengths: Integers, average: float, field: str) -> Floats:
    """What one occurrence in a field is worth, by document.

    It is weight / (1 - b + b * length / average); ``lengths`` in terms; ``average`` over the
    documents that count (0: the field is empty).
    """
    b = B[field]
    relative = lengths.astype(np.float32) / np.float32(average or 1.0)
    return (FIELD_WEIGHT[field] / (1 - b + b * relative)).astype(np.float32)


def lead(first: Integers, field: str) -> Floats:
    """What the place of the first occurrence in a field adds to the weighted frequency."""
    decay: Floats = np.exp(first.astype(np.float32) / np.float32(-LEAD_SPAN))
    return decay * np.float32(LEAD.get(field, 0.0))


# Of a head so far away float32 keeps nothing beside the frequency.
LEADS = {name: lead(np.arange(256), name) for name in LEAD}


def saturated(weighted: Floats, k1: float) -> Floats:
    """x / (k1 + x) of the weighted frequencies of a term."""
    return weighted / (np.float32(k1) + weighted)


def recency(dates: Integers, newest: int) -> Floats:
    """The factor of documents by their dates, in seconds; ``newest`` is that of the newest one
    that may be seen. The clock has no part in it."""
    age = np.maximum(newest - dates.astype(np.float64), 0.0)
    return (1 + RECENCY * np.exp2(-age / RECENCY_HALF_LIFE)).astype(np.float32)
