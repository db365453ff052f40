"""Plain paragraphs as a rule of markdown-it, before all others: most of a news article is nothing
else, and is spared a dozen rules for each line that could not match."""

from markdown_it import MarkdownIt
from markdown_it.common.utils import mdTrim
from markdown_it.rules_block import StateBlock

# What begins a line of code.
_CODE_INDENT = 4
# Beside letters, what begins a line of text and no block.
_OPENING = frozenset("“‘\"'(「『《〈【△▲▽▼◆◇■□●○")
# What makes the line before a term of a definition list, over a blank line too.
_DEFINITION = frozenset(":~")


def paragraphs(md: MarkdownIt) -> None:
    """Let a parser take lines that can begin no block and end none for a paragraph at once."""
    md.block.ruler.before("table", "plain_paragraph", _block)


def _block(state: StateBlock, first_line: int, last_line: int, silent: bool) -> bool:
    """A paragraph outside of all other blocks. No rule ends one before a line of text, and none
    makes something else of it but by the line behind it."""
    if silent or state.level or state.blkIndent:
        return False
    line = first_line
    while line < last_line and not state.isEmpty(line):
        if not _is_text(state, line):
            return False
        line += 1
    if line + 1 < last_line and state.src[_begin(state, line + 1)] in _DEFINITION:
        return False
    state.line = line
    state.push("paragraph_open", "p", 1).map = [first_line, line]
    token = state.push("inline", "", 0)
    token.content = mdTrim(state.getLines(first_line, line, 0, False))
    token.map = [first_line, line]
    token.children = []
    state.push("paragraph_close", "p", -1)
    return True


def _is_text(state: StateBlock, line: int) -> bool:
    character = state.src[_begin(state, line)]
    if state.sCount[line] >= _CODE_INDENT:
        return False
    return character.isalpha() or character in _OPENING


def _begin(state: StateBlock, line: int) -> int:
    return state.bMarks[line] + state.tShift[line]
