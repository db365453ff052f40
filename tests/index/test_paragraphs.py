"""Plain paragraphs are what the other rules of the parser make of them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from index.paragraphs import paragraphs
from index.shortcodes import shortcodes

BEGINNINGS = (
    *("", "", "", " ", "   ", "    ", "\t", "> ", ">", "- ", "* ", "1. ", "12) ", "# ", "###### "),
    *(": ", "~ ", "|", "-|-", "---", "===", "***", "```", "~~~", "<div>", "</div>", "<!--", "-->"),
    *("[a]: ", "[^1]: ", "{{< a >}}", "{{%", "“", "(", "▲", "+", "`", "~", "\\", "_", "&", "!"),
)
TEXTS = (
    "",
    "",
    "글",
    "Text",
    "金값",
    "가 | 나",
    "나: 다",
    "7월",
    "\u3000전각",
    "é",
    "\u200b",
    "\x0b",
)
LINES = st.builds("".join, st.tuples(*map(st.sampled_from, (BEGINNINGS, BEGINNINGS, TEXTS))))


def parser(*, plain: bool) -> MarkdownIt:
    md = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    md.use(footnote_plugin).use(deflist_plugin).use(shortcodes)
    return md.use(paragraphs) if plain else md


WITH, WITHOUT = parser(plain=True), parser(plain=False)


@given(st.lists(LINES, max_size=8).map("\n".join))
@example("낱말\n\n: 뜻")
@example("낱말\n: 뜻")
@example("가 | 나\n-|-\n1 | 2")
@example("글\n가 | 나\n-|-\n1 | 2")
@example("제목\n===")
@example("글\n    그대로")
@example("글\n\n    코드")
@example("- 하나\n둘\n\n셋\n\n  넷")
@example("글  \n\n\n끝  ")
def test_nothing_else_comes_of_it(markdown: str) -> None:
    assert WITH.parse(markdown) == WITHOUT.parse(markdown)


@pytest.fixture
def alone() -> MarkdownIt:
    md = parser(plain=True)
    return md.disable([rule for rule in md.block.ruler.get_active_rules() if rule[:5] != "plain"])


@pytest.mark.parametrize(
    ("markdown", "taken"), [("글", 1), ("“글”\n둘째 줄", 1), ("글\n\n  Text\n\n(글)", 3)]
)
def test_what_it_takes(alone: MarkdownIt, markdown: str, taken: int) -> None:
    assert [t.type for t in alone.parse(markdown)].count("paragraph_open") == taken


@pytest.mark.parametrize("markdown", ["글\n- 하나", "1. 글", "    코드", "낱말\n\n: 뜻"])
def test_what_it_leaves_to_others(alone: MarkdownIt, markdown: str) -> None:
    with pytest.raises(RuntimeError, match="none of the block rules"):
        alone.parse(markdown)
