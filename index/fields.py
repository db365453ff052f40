"""The field table: what an index holds of each article, and under which names."""

from collections.abc import Mapping

# Raise it with every change of what an index holds or how: an older one is then rebuilt.
SCHEMA_VERSION = 7

TEXT_FIELDS = ("title", "subtitle", "body")
VALUE_FACETS = ("author", "category", "tag")
DATE_FACETS = ("year", "month")
FACETS = VALUE_FACETS + DATE_FACETS

# Front matter keys by field, the best first; `a.b` looks into a mapping.
FIELD_KEYS: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "subtitle": ("subtitle", "description", "summary", "lead"),
    "authors": ("author", "authors"),
    "categories": ("categories", "category"),
    "tags": ("tags", "tag"),
    "date": ("date",),
    "lastmod": ("lastmod",),
    "image": ("images", "cover.image", "featured_image", "thumbnail"),
    # With the other names that Hugo knows.
    "publish_date": ("publishdate", "pubdate", "published"),
    "expiry_date": ("expirydate", "unpublishdate"),
}

# What a word in a field counts, in the ranking and as a suggestion. With titles (on the one set
# that has them) 3 and 5 differ by 0.0003 nDCG@10; 5 keeps a word of the title ahead of one that
# begins a body. A subtitle's weight is a guess between the two.
FIELD_WEIGHT = {"title": 5.0, "subtitle": 2.5, "body": 1.0}

# Each text field is indexed three times: morphemes with positions, side bigrams, noun runs.
SIDE_SUFFIX = "_side"
RUN_SUFFIX = "_run"

# Instants (seconds since 1970) of documents that were always visible, and that never expire.
ALWAYS = -(2**62)
NEVER = 2**62

# Why a document is never public; visible from and to decide about the others.
NOT_WITHHELD, DRAFT, HIDDEN = 0, 1, 2


def facet_key(value: str) -> str:
    """What two spellings of a facet value have in common (values are NFC and trimmed already)."""
    return value.casefold()
