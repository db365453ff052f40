"""Markdown as its readers see it."""

import pytest

from index.plaintext import Block, joined, plain_text


def text(markdown: str) -> str:
    return joined(plain_text(markdown).blocks)[0]


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        pytest.param("첫째\n\n둘째", "첫째\n둘째", id="paragraphs"),
        pytest.param("한\n줄", "한\n줄", id="soft-break"),
        pytest.param("**굵게** *기울여* `코드` ~~지움~~", "굵게 기울여 코드 지움", id="marks"),
        pytest.param("[링크 글](https://a.example)과", "링크 글과", id="link"),
        pytest.param("[글][1]\n\n[1]: https://a.example", "글", id="reference-link"),
        pytest.param("<https://a.example>", "https://a.example", id="autolink"),
        pytest.param("앞 ![대체 글](a.jpg) 뒤", "앞 뒤", id="image"),
        pytest.param('![대체 글](a.jpg "사진 설명")', "사진 설명", id="image-caption"),
        pytest.param("[![그림](a.jpg)](b)", "", id="image-in-a-link"),
        pytest.param("- 가\n  - 나\n    1. 다\n- 라", "가\n나\n다\n라", id="nested-lists"),
        pytest.param("- [ ] 할 일", "[ ] 할 일", id="task"),
        pytest.param("> 인용\n> > 안", "인용\n안", id="quotes"),
        pytest.param("|가|나|\n|-|-|\n|1|2|\n||3|", "가 | 나\n1 | 2\n3", id="table"),
        pytest.param("```python\nprint('가')\n```", "print('가')", id="fence"),
        pytest.param("    코드", "코드", id="indented-code"),
        pytest.param("글[^1]\n\n[^1]: 각주 글", "글\n각주 글", id="footnote"),
        pytest.param("낱말\n: 뜻", "낱말\n뜻", id="definition"),
        pytest.param("가\n\n---\n\n나", "가\n나", id="rule"),
        pytest.param("&lt;b&gt; &amp; &hellip;", "<b> & …", id="entities"),
        pytest.param(r"\*별\* \[괄호\]", "*별* [괄호]", id="escapes"),
        pytest.param("<div><p>글</p><p>둘</p></div>", "글\n둘", id="html-block"),
        pytest.param("앞<br>뒤<br/>끝", "앞\n뒤\n끝", id="line-break-tag"),
        pytest.param('앞 <span class="x">글</span> 뒤', "앞 글 뒤", id="inline-tag"),
        pytest.param(
            "<table><tr><td>가격</td><td>수량</td></tr></table>", "가격 수량", id="html-table"
        ),
        pytest.param("<script>alert('x')</script>\n\n글", "글", id="script"),
        pytest.param("<style>p { color: red }</style>\n\n글", "글", id="style"),
        pytest.param("<iframe src='x'>옛</iframe>\n\n글", "글", id="iframe"),
        pytest.param("가 <!-- 숨긴 글 --> 나", "가 나", id="inline-comment"),
        pytest.param("<!--\n숨긴\n\n글\n-->\n\n글", "글", id="block-comment"),
        pytest.param("<!-- 닫지 않은\n\n글", "", id="open-comment"),
        pytest.param(
            "<figure><img src=a.jpg><figcaption>설명</figcaption></figure>", "설명", id="figure"
        ),
        pytest.param("{{< youtube abc >}}\n\n글", "글", id="shortcode"),
        pytest.param('앞 {{< ref "a.md" >}} 뒤', "앞 뒤", id="inline-shortcode"),
        pytest.param("{{% note %}}\n안의 글\n{{% /note %}}", "안의 글", id="text-in-a-shortcode"),
        pytest.param(
            '{{< figure src="a.jpg" caption="사진 설명" >}}', "사진 설명", id="figure-caption"
        ),
        pytest.param(
            '{{< figure src="a.jpg"\n  title="제목"\n  caption="그는 \\"좋다\\"고" >}}',
            '제목\n그는 "좋다"고',
            id="figure-over-lines",
        ),
        pytest.param("{{< figure caption=`말 그대로` >}}", "말 그대로", id="raw-caption"),
        pytest.param('{{< x a="끝 >}} 아님" >}}글', "글", id="closing-in-quotes"),
        pytest.param('{{< x a="열린 >}} 글', "글", id="quote-left-open"),
        pytest.param("{{< 닫지 않은 글", "{{< 닫지 않은 글", id="shortcode-left-open"),
        pytest.param("글\n{{< x >}}\n글", "글\n글", id="shortcode-ends-a-paragraph"),
    ],
)
def test_text(markdown: str, plain: str) -> None:
    assert text(markdown) == plain


@pytest.mark.parametrize(
    ("markdown", "heading"),
    [
        ("# 제목", Block("제목", 1)),
        ("### 제목 ###", Block("제목", 3)),
        ("제목\n===", Block("제목", 1)),
        ("## **굵은** [링크](a)", Block("굵은 링크", 2)),
        ("## 제목 {#anker .klasse}", Block("제목", 2)),
        ("#제목이 아님", Block("#제목이 아님")),
    ],
)
def test_heading(markdown: str, heading: Block) -> None:
    assert plain_text(markdown).blocks == (heading,)


def test_heading_spans() -> None:
    body, spans = joined(plain_text("# 가\n\n글\n\n## 나다\n\n끝").blocks)
    assert [body[start:end] for start, end in spans] == ["가", "나다"]


@pytest.mark.parametrize(
    ("markdown", "image"),
    [
        ("글 ![](a.jpg) ![](b.jpg)", "a.jpg"),
        ("<img src='b.jpg'>", "b.jpg"),
        ("> - ![](c.jpg)", "c.jpg"),
        ("글", ""),
    ],
)
def test_first_image(markdown: str, image: str) -> None:
    assert plain_text(markdown).first_image == image


# Of what takes time by the square of its length even the smaller would take minutes.
LONG, SHORTER = 250_000, 60_000


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        pytest.param("[", LONG, id="brackets"),
        pytest.param("![", LONG, id="images"),
        pytest.param("*", LONG, id="stars"),
        pytest.param("`", LONG, id="backticks"),
        pytest.param("`a", LONG, id="spans-of-code"),
        pytest.param("<!--", LONG, id="comments"),
        pytest.param("<?", LONG, id="instructions"),
        pytest.param("{{<", LONG, id="shortcodes"),
        pytest.param("> ", LONG, id="quotes"),
        pytest.param("- ", LONG, id="lists"),
        pytest.param("{{< \n", SHORTER, id="lines-of-shortcodes"),
        pytest.param("가**", SHORTER, id="strong"),
        pytest.param("<a ", SHORTER, id="tags"),
        pytest.param("<div>", LONG, id="blocks-of-html"),
        pytest.param("[a](", 15_000, id="links"),
    ],
)
def test_what_is_made_to_break_parsers_finishes(unit: str, size: int) -> None:
    plain_text(unit * (size // len(unit)))
