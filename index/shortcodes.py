"""Hugo shortcodes as rules of markdown-it: found by the parser, dropped from the text."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

# What a shortcode shows to readers as text of its own: the caption of a figure.
_CAPTION = re.compile(r"""\b(?:caption|title)\s*=\s*(?:"((?:\\.|[^"\\])*)"|`([^`]*)`)""", re.DOTALL)
_LONGEST = 5000
# A shortcode holds no second opening outside of quotes; with a quote too few the first closing
# counts.
_QUOTED = r""""(?:\\.|[^"\\])*+"|`[^`]*+`"""


def _shortcode(mark: str, close: str) -> re.Pattern[str]:
    brace = rf"\{{(?!\{{)|{close}(?!}}}})"
    with_quotes = rf"(?:[^\"`{{{close}]|{_QUOTED}|{brace})*+"
    without = rf"(?:[^{{{close}]|{brace})*+"
    return re.compile(rf"\{{\{{{mark}(?:{with_quotes}|{without}){close}}}}}", re.DOTALL)


_SHORTCODES = {"{{<": _shortcode("<", ">"), "{{%": _shortcode("%", "%")}


def shortcodes(md: MarkdownIt) -> None:
    """Teach a parser shortcodes: tokens of type ``shortcode`` whose content is the caption."""
    md.block.ruler.before(
        "fence", "shortcode", _block, {"alt": ["paragraph", "blockquote", "list"]}
    )
    md.inline.ruler.before("link", "shortcode", _inline)


def _block(state: StateBlock, first_line: int, last_line: int, silent: bool) -> bool:
    """A shortcode that has its lines for itself."""
    start = state.bMarks[first_line] + state.tShift[first_line]
    end = _end(state.src, start)
    if end < 0:
        return False
    line = first_line
    while line < last_line and state.eMarks[line] < end:
        line += 1
    if line >= last_line or state.src[end : state.eMarks[line]].strip():
        return False
    if not silent:
        token = state.push("shortcode", "", 0)
        token.content = _caption(state.src[start:end])
        state.line = line + 1
    return True


def _inline(state: StateInline, silent: bool) -> bool:
    end = _end(state.src, state.pos)
    if end < 0 or end > state.posMax:
        return False
    if not silent:
        token = state.push("shortcode", "", 0)
        token.content = _caption(state.src[state.pos : end])
    state.pos = end
    return True


def _end(source: str, start: int) -> int:
    """Where the shortcode at ``start`` ends; -1 where there is none. Quoted text may hold what
    looks like the end."""
    pattern = _SHORTCODES.get(source[start : start + 3])
    found = pattern.match(source, start, start + _LONGEST) if pattern else None
    return found.end() if found else -1


def _caption(shortcode: str) -> str:
    if not re.match(r"\{\{[<%]\s*figure\b", shortcode):
        return ""
    found = _CAPTION.findall(shortcode)
    return "\n".join((quoted or raw).replace('\\"', '"') for quoted, raw in found)
