"""Front matter of every form, well written and not."""

import codecs
from typing import Any

import pytest

from index.decoding import DecodingError, decode
from index.front_matter import FrontMatterError, read_front_matter
from index.salvage import salvage
from tests.building import read_article


@pytest.mark.parametrize(
    ("text", "values", "body"),
    [
        pytest.param("---\ntitle: 제목\n---\n본문", {"title": "제목"}, "본문", id="yaml"),
        pytest.param("+++\ntitle = '제목'\n+++\n본문", {"title": "제목"}, "본문", id="toml"),
        pytest.param('{"title": "제목"}\n본문', {"title": "제목"}, "본문", id="json-one-line"),
        pytest.param(
            '{\n "title": "제목",\n "cover": {"image": "a.jpg"}\n}\n\n본문',
            {"title": "제목", "cover": {"image": "a.jpg"}},
            "본문",
            id="json-lines",
        ),
        pytest.param("\ufeff---\ntitle: 제목\n---\n본문", {"title": "제목"}, "본문", id="bom"),
        pytest.param(
            "\n\n---\ntitle: 제목\n---\n본문", {"title": "제목"}, "본문", id="blank-lines"
        ),
        pytest.param(
            "---  \ntitle: a\n--- \n본문", {"title": "a"}, "본문", id="blanks-behind-dashes"
        ),
        pytest.param("---\ntitle: No\n---\n", {"title": "No"}, "", id="no-stays-text"),
        pytest.param(
            "---\nn: 1_000\nd: 2025-02-30\nv: 1.10\n---\n", None, "", id="scalars-stay-text"
        ),
        pytest.param("---\nTITLE: a\n---\n", {"title": "a"}, "", id="keys-lower-cased"),
        pytest.param("---\n---\n본문", {}, "본문", id="empty-yaml"),
        pytest.param("---\n# 주석\n---\n본문", {}, "본문", id="comment-only"),
        pytest.param("+++\n+++\n본문", {}, "본문", id="empty-toml"),
        pytest.param("{}\n본문", {}, "본문", id="empty-json"),
        pytest.param("본문뿐이다", {}, "본문뿐이다", id="none"),
        pytest.param("문단\n\n---\n\n문단", {}, "문단\n\n---\n\n문단", id="rule-inside-a-body"),
        pytest.param(
            "{{< youtube 1 >}}\n본문", {}, "{{< youtube 1 >}}\n본문", id="shortcode-first"
        ),
        pytest.param("{{% note %}}본문", {}, "{{% note %}}본문", id="percent-shortcode-first"),
        pytest.param("---\na: &x [1]\nb: *x\n---\n", {"a": ["1"], "b": ["1"]}, "", id="alias"),
        pytest.param(
            '---\nd: "\n## 가\n나\n"\n---\n', {"d": "\n## 가\n나\n"}, "", id="quoted-lines"
        ),
        pytest.param("---\nd: 가\n  나\n---\n", {"d": "가\n나"}, "", id="plain-lines"),
        pytest.param("---\nd: |\n  가\n  나\n---\n", {"d": "가\n나\n"}, "", id="literal-block"),
        pytest.param("---\nd: >\n  가\n  나\n---\n", {"d": "가 나\n"}, "", id="folded-block"),
    ],
)
def test_values_and_body(text: str, values: dict[str, Any] | None, body: str) -> None:
    found = read_front_matter(text)
    wanted = {"n": "1_000", "d": "2025-02-30", "v": "1.10"} if values is None else values
    assert dict(found.values) == wanted
    assert found.body == body


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        pytest.param("---\ntitle: a\n본문", 1, "not closed by a line ---", id="yaml-open"),
        pytest.param("+++\ntitle = 'a'\n본문", 1, "not closed by a line +++", id="toml-open"),
        pytest.param("---", 1, "not closed", id="dashes-only"),
        pytest.param("---\n\n첫 문단\n\n---\n\n둘째", 2, "no list of keys", id="rules-around-text"),
        pytest.param("---\n- a\n- b\n---\n본문", 2, "no list of keys", id="yaml-list"),
        pytest.param("---\n42\n---\n본문", 2, "no list of keys", id="yaml-number"),
        pytest.param("---\ntitle: a\nx: [1\n---\n", 4, "YAML", id="yaml-bracket"),
        pytest.param("\n\n---\ntitle: a: b\n---\n", 4, "YAML", id="line-counts-blank-lines"),
        pytest.param("---\ntitle: a\n\ttags: b\n---\n", 3, "tab", id="yaml-tab"),
        pytest.param("---\na: 1\nb: \x01\n---\n", 3, "control characters", id="yaml-control"),
        pytest.param("---\na: 1\n...\nb: 1\n---\n", 4, "YAML", id="yaml-second-document"),
        pytest.param("---\na: 1\na: 2\n---\n", 3, "'a' stands twice", id="yaml-key-twice"),
        pytest.param("---\na: *b\n---\n", 2, "nothing is called &b", id="yaml-unknown-alias"),
        pytest.param("---\na: &a [*a]\n---\n", 2, "nothing is called &a", id="yaml-itself"),
        pytest.param("+++\na = 1\na = 2\n+++\n", 3, "TOML", id="toml-key-twice"),
        pytest.param('{"a": 1, "a": 2}', 1, "'a' stands twice", id="json-key-twice"),
        pytest.param('{"a": 1,\n "b" 2}', 2, "JSON", id="json-colon"),
        pytest.param("{중괄호} 글", 1, "JSON", id="json-braces-of-a-text"),
        pytest.param('{"a": ' + "1" * 5000 + "}", 1, "JSON", id="json-huge-number"),
    ],
)
def test_what_begins_and_cannot_be_read(text: str, line: int, reason: str) -> None:
    with pytest.raises(FrontMatterError) as error:
        read_front_matter(text)
    assert error.value.line == line
    assert reason in error.value.reason


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("---\na: " + "[" * 100_000 + "\n---\n", id="yaml-open-lists"),
        pytest.param("---\na: " + "[" * 5000 + "]" * 5000 + "\n---\n", id="yaml-lists"),
        pytest.param("---\n" + "{a: " * 100_000 + "\n---\n", id="yaml-mappings"),
        pytest.param("---\n" + "- " * 50_000 + "a\n---\n", id="yaml-dashes"),
        pytest.param(
            "---\na: &a [x,x,x,x,x,x,x,x,x,x]\n"
            + "".join(
                f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n"
                for old, new in zip("abcdefg", "bcdefgh", strict=True)
            )
            + "---\n",
            id="yaml-bomb",
        ),
        pytest.param("+++\na = " + "[" * 100_000 + "\n+++\n", id="toml"),
        pytest.param('{"a": ' + "[" * 100_000, id="json-lists"),
        pytest.param('{"a": ' * 100_000, id="json-mappings"),
        pytest.param('{"a":' * 200_000 + "\n", id="json-keys-without-end"),
        pytest.param('{"a": ' + "[" * 300 + "]" * 300 + "}", id="json-lists-closed"),
        pytest.param("+++\na = " + "[" * 300 + "]" * 300 + "\n+++\n", id="toml-lists-closed"),
        pytest.param("+++\na" + ".a" * 300 + " = 1\n+++\n", id="toml-keys"),
        pytest.param("+++\na" + ".a" * 300_000 + " = 1\n+++\n", id="toml-long-keys"),
        pytest.param("+++\n[a" + " . 'a b'" * 300_000 + "]\n+++\n", id="toml-long-tables"),
        pytest.param("+++\na = 0x" + "f" * 5000 + "\n+++\n", id="toml-huge-number"),
    ],
)
def test_nesting_that_breaks_parsers_is_an_error(text: str) -> None:
    with pytest.raises(FrontMatterError) as error:
        read_front_matter(text)
    salvage(text, error.value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"title": "제목", "tags": ' + "[" * 900 + "]" * 900 + "}\n본문", id="json"),
        pytest.param("+++\ntitle = '제목'\ntags.a" + ".b" * 900 + " = 1\n+++\n본문", id="toml"),
        pytest.param("+++\ntitle = '제목'\nslug = 0x" + "f" * 5000 + "\n+++\n본문", id="hex"),
    ],
)
def test_a_value_that_breaks_readers_costs_no_other(text: str) -> None:
    found, problems = read_article(text)
    assert (found.title, found.body) == ("제목", "본문")
    assert problems[0].reason.startswith("broken front matter")


@pytest.mark.parametrize(
    ("text", "values", "body"),
    [
        pytest.param(
            '---\ntitle: "그는 "좋다"고 했다"\ntags: [가, 나]\n---\n본문',
            {"title": '그는 "좋다"고 했다', "tags": ["가", "나"]},
            "본문",
            id="quotes-in-quotes",
        ),
        pytest.param(
            "---\ntitle: 속보: 금리: 동결\ncover:\n  image: a.jpg\n---\n본문",
            {"title": "속보: 금리: 동결", "cover": {"image": "a.jpg"}},
            "본문",
            id="colons",
        ),
        pytest.param("---\ntitle: [속보] 동결\n---\n", {"title": "[속보] 동결"}, "", id="brackets"),
        pytest.param(
            "---\ntitle: @속보\ndraft: true\n---\n",
            {"title": "@속보", "draft": "true"},
            "",
            id="at",
        ),
        pytest.param(
            "---\ntitle: a\ntitle: b\n---\n", {"title": "b"}, "", id="twice-the-last-counts"
        ),
        pytest.param(
            "---\ntitle: a\ndate: 2025-01-01\n\n본문",
            {"title": "a", "date": "2025-01-01"},
            "\n본문",
            id="open",
        ),
        pytest.param(
            "---\ntitle: a\n\ndate: 2025-01-01\ndraft: true\n\n\n본문",
            {"title": "a", "draft": "true"},
            "\ndate: 2025-01-01\ndraft: true\n\n\n본문",
            id="open-with-a-draft-behind-a-blank-line",
        ),
        pytest.param(
            "---\ntitle: a\ndraft: false\n\n본문이다\n\ndraft: true",
            {"title": "a", "draft": "false"},
            "\n본문이다\n\ndraft: true",
            id="open-with-a-draft-in-the-text",
        ),
        pytest.param(
            "---\ntitle: a\n본문이다", {"title": "a"}, "본문이다", id="open-without-a-blank-line"
        ),
        pytest.param(
            '+++\ntitle = "a\n[build]\nrender = "never"\n+++\n본문',
            {"title": "a", "build": {"render": "never"}},
            "본문",
            id="toml-table",
        ),
        pytest.param(
            '{"title": "a", "draft": true, "tags": ["가", "나"]\n본문',
            {"title": "a", "draft": True, "tags": ["가", "나"]},
            "본문",
            id="json-one-line-open",
        ),
        pytest.param(
            '{\n"title": "a"\n"params": {\n  "x": 1\n  },\n"draft": true\n}\n본문',
            {"title": "a", "params": {"x": 1}, "draft": True},
            "본문",
            id="json-comma",
        ),
        pytest.param(
            '{\n"title": "그는 "좋다"고 했다",\n"draft": true\n}\n본문',
            {"title": '그는 "좋다"고 했다', "draft": True},
            "본문",
            id="json-quotes-in-quotes",
        ),
    ],
)
def test_salvage(text: str, values: dict[str, Any], body: str) -> None:
    with pytest.raises(FrontMatterError) as error:
        read_front_matter(text)
    found = salvage(text, error.value)
    assert {k: v for k, v in found.values.items() if k in values} == values
    assert found.body == body
    assert "indexed what could be read" in found.problems[0][1]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("---\ndraft: true\ndraft: false\n---\n본문", id="yaml"),
        pytest.param("+++\ndraft = true\ndraft = false\n+++\n본문", id="toml"),
        pytest.param('{"draft": true, "draft": false}\n본문', id="json"),
        pytest.param("---\nDraft: true\ndraft: false\n---\n본문", id="two-spellings"),
        pytest.param("---\nsearch: false\nSearch: true\n---\n본문", id="another-key-that-hides"),
        pytest.param("{'title': 'a', 'draft': true}\n본문", id="json-single-quotes"),
        pytest.param('{"title": "그는 "좋다"고", "draft": true}\n본문', id="json-one-line-quotes"),
        pytest.param('{"title": "a", "draft": true, }\n본문', id="json-last-comma"),
        pytest.param("---\ntitle: a\n  draft: true\n---\n본문", id="indented"),
        pytest.param(
            "---\ndraft: false\ntitle: a\n    draft: true\n---\n본문", id="indented-and-not"
        ),
    ],
)
def test_broken_front_matter_brings_no_draft_to_light(text: str) -> None:
    found, problems = read_article(text)
    assert found.draft
    assert len(problems) == 1


def test_where_a_line_is_named_it_is_that_of_the_file() -> None:
    with pytest.raises(FrontMatterError) as error:
        read_front_matter("\n+++\na = 1\nb = =\n+++\n")
    assert (error.value.line, error.value.reason) == (4, "TOML: Invalid value")


def test_two_spellings_of_a_key_are_listed() -> None:
    found = read_front_matter("---\nTitle: a\ntitle: b\n---\n")
    assert found.values["title"] == "b"
    assert found.problems == ((1, "'title' stands twice; the last one counts"),)


HANGUL = "금리가 다시 올랐다…\n한국은행은 “기준금리”를 0.5%p 올렸다.\n"
TEXT = "---\ntitle: 제목\n---\n본문이 있다\n"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(TEXT.encode(), TEXT, id="utf-8"),
        pytest.param(codecs.BOM_UTF8 + TEXT.encode(), TEXT, id="utf-8-bom"),
        pytest.param(TEXT.encode("utf-16"), TEXT, id="utf-16-bom"),
        pytest.param(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), TEXT, id="utf-16-be-bom"),
        pytest.param(TEXT.encode("utf-16-le"), TEXT, id="utf-16-le"),
        pytest.param(TEXT.encode("utf-16-be"), TEXT, id="utf-16-be"),
        pytest.param(HANGUL.encode("utf-16-le"), HANGUL, id="utf-16-le-hangul"),
        pytest.param(HANGUL.encode("utf-16-be"), HANGUL, id="utf-16-be-hangul"),
        pytest.param(HANGUL.encode("cp949"), HANGUL, id="cp949-hangul"),
        pytest.param(TEXT.encode("euc-kr"), TEXT, id="euc-kr"),
        pytest.param("똠방각하 펲시콜라".encode("cp949"), "똠방각하 펲시콜라", id="cp949"),
        pytest.param(TEXT.replace("\n", "\r\n").encode(), TEXT, id="crlf"),
        pytest.param(TEXT.replace("\n", "\r").encode(), TEXT, id="cr"),
        pytest.param("\u1112\u1161\u11ab글".encode(), "한글", id="nfd"),
        pytest.param(b"", "", id="empty"),
    ],
)
def test_encodings(data: bytes, text: str) -> None:
    assert decode(data) == (text, 0)


@pytest.mark.parametrize(
    ("data", "text", "line"),
    [
        pytest.param("가나다\n본문이다".encode()[:-1], "가나다\n본문이�", 2, id="utf-8-cut"),
        pytest.param("제목\n".encode() + "본문이다".encode() * 9 + b"\xff", None, 2, id="utf-8"),
        pytest.param(
            "제목\n".encode("cp949") + "본문이다".encode("cp949") * 9 + b"\xff", None, 2, id="cp949"
        ),
    ],
)
def test_a_few_bad_bytes_are_shown_and_listed(data: bytes, text: str | None, line: int) -> None:
    assert decode(data) == ("제목\n" + "본문이다" * 9 + "�" if text is None else text, line)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is a binary file", id="png"),
        pytest.param(bytes(range(128, 256)) * 20, "unknown encoding", id="noise"),
        pytest.param(b"caf\xe9 au lait", "unknown encoding", id="latin-1"),
    ],
)
def test_what_is_no_text(data: bytes, reason: str) -> None:
    with pytest.raises(DecodingError, match=reason):
        decode(data)
