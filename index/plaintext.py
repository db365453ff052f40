"""Markdown to plain text, block by block, through a real parser."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # A run that finds nothing to read does without them.
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

_MAX_NESTING = 40
# Each bracket is tried as the beginning of a link, at a cost that grows with what follows. No
# article has so many; a text that does was made to break parsers.
_MAX_BRACKETS = 20_000
_CELL_SEPARATOR = " | "
# Hugo's heading attributes: ## 제목 {#anker .klasse}
_HEADING_ATTRIBUTES = re.compile(r"\s*\{[#.][^{}]*\}\s*$")
# What any of the parser's inline rules begins with.
_INLINE_MARK = re.compile(r"[\\`*_\[<&]|~~|\{\{")
_LINE_BREAK = re.compile(r"</?br\b", re.IGNORECASE)
# Comments and processing instructions; one that is not closed hides the rest, as in browsers.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)", re.DOTALL)
_UNSHOWN_TAGS = frozenset(("script", "style", "template", "iframe", "noscript"))
_BLOCK_TAGS = frozenset(
    ("p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "figcaption", "blockquote")
)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, row or piece of code; ``level`` is that of a heading, else 0."""

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class PlainText:
    """The blocks of a Markdown text, and the address of its first image (empty where none)."""

    blocks: tuple[Block, ...]
    first_image: str


def plain_text(markdown: str) -> PlainText:
    """What a reader would read: marks, tags, comments, link targets and images are gone;
    headings, captions, tables and code stay as text."""
    try:
        tokens = _parser().parse(markdown) if markdown.count("[") <= _MAX_BRACKETS else None
    except RecursionError:
        tokens = None
    if tokens is None:
        # Its text as it stands is all there is to save.
        return PlainText(tuple(Block(t) for t in [_tidied(markdown)] if t), "")
    reader = _Reader()
    reader.read(tokens)
    kept = tuple(Block(text, b.level) for b in reader.blocks if (text := _tidied(b.text)))
    return PlainText(kept, reader.first_image)


def joined(blocks: Sequence[Block]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text of blocks, one a line, and the spans of its headings."""
    text, headings = "", []
    for block in blocks:
        if text:
            text += "\n"
        if block.level:
            headings.append((len(text), len(text) + len(block.text)))
        text += block.text
    return text, tuple(headings)


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    from index.paragraphs import paragraphs
    from index.shortcodes import shortcodes

    md = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING})
    md.enable(["table", "strikethrough"])
    md.core.ruler.at("inline", _inlines)
    return md.use(footnote_plugin).use(deflist_plugin).use(shortcodes).use(paragraphs)


def _inlines(state: "StateCore") -> None:
    """Parse what holds a mark; most paragraphs of news are text and nothing else."""
    for token in state.tokens:
        if token.type == "inline" and _INLINE_MARK.search(token.content):
            token.children = []
            state.md.inline.parse(token.content, state.md, state.env, token.children)


class _Reader:
    """Walks over block tokens."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.first_image = ""
        self._level = 0
        self._cells: list[str] | None = None

    def read(self, tokens: "Sequence[Token]") -> None:
        for token in tokens:
            if token.type == "inline":
                self._inline(token)
            elif token.type in ("fence", "code_block", "shortcode"):
                self.blocks.append(Block(token.content))
            elif token.type == "html_block":
                self._html(token.content)
            elif token.type == "heading_open":
                self._level = int(token.tag[1])
            elif token.type == "heading_close":
                self._level = 0
            elif token.type == "tr_open":
                self._cells = []
            elif token.type == "tr_close" and self._cells is not None:
                self.blocks.append(Block(_CELL_SEPARATOR.join(filter(None, self._cells))))
                self._cells = None

    def _inline(self, token: "Token") -> None:
        text = "".join(self._texts(token.children)) if token.children else token.content
        if self._level:
            text = _HEADING_ATTRIBUTES.sub("", text)
        if self._cells is not None:
            self._cells.append(text.strip())
        else:
            self.blocks.append(Block(text, self._level))

    def _texts(self, children: "Sequence[Token]") -> Iterator[str]:
        for child in children:
            if child.type in ("text", "code_inline", "shortcode"):
                yield child.content
            elif child.type in ("softbreak", "hardbreak") or _is_line_break(child):
                yield "\n"
            elif child.type == "image":
                self._image(str(child.attrGet("src") or ""))
                yield str(child.attrGet("title") or "")

    def _html(self, html: str) -> None:
        found = _HtmlText()
        found.feed(_COMMENT.sub("", html))
        found.close()
        self._image(found.first_image)
        self.blocks.append(Block("".join(found.texts)))

    def _image(self, source: str) -> None:
        self.first_image = self.first_image or source


class _HtmlText(HTMLParser):
    """The text of an HTML fragment."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.first_image = ""
        self._unshown = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSHOWN_TAGS:
            self._unshown += 1
        elif tag in _BLOCK_TAGS:
            self.texts.append("\n")
        elif tag == "img" and not self.first_image:
            self.first_image = dict(attrs).get("src") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSHOWN_TAGS:
            self._unshown = max(self._unshown - 1, 0)
        elif tag in _BLOCK_TAGS:
            self.texts.append("\n")
        else:
            # 가격</td><td>수량: words of two cells must not touch.
            self.texts.append(" " if tag in ("td", "th") else "")

    def handle_data(self, data: str) -> None:
        if not self._unshown:
            self.texts.append(data)


def _is_line_break(token: "Token") -> bool:
    return token.type == "html_inline" and bool(_LINE_BREAK.match(token.content))


def _tidied(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)
