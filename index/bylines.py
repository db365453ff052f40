"""Bylines to names: 김한수 기자 hsk@example.com is 김한수."""

import re

_SUBSTITUTIONS = (
    # A bracketed place or agency before the name: [서울=연합뉴스], (세종=뉴스1).
    (re.compile(r"^[\[(（【][^\])）】]*[\])）】]\s*"), ""),
    # What the person did for this article: 글·사진 김한수, 글 김한수.
    (re.compile(r"^(?:글|사진|취재|영상)(?:\s*[·/&]\s*(?:글|사진|취재|영상))*\s*[:=]?\s+"), ""),
    (re.compile(r"^[Bb]y\s+"), ""),
    # Mail addresses, with or without brackets.
    (re.compile(r"[<(\[]?[\w.+-]+@[\w.-]+\.\w+[>)\]]?"), " "),
    # A bracketed paper or department behind the name: 김한수(경제부).
    (re.compile(r"\s*[\[(（][^\])）]*[\])）]\s*$"), ""),
    # 서울=김한수 기자: a place before the name.
    (re.compile(r"^[가-힣]{2,4}\s*=\s*"), ""),
    # The occupation behind the name, with words that qualify it.
    (
        re.compile(
            r"(?<=[가-힣A-Za-z])\s+(?:(?:선임|수석|인턴|객원|전문|취재|사진|의학|과학|논설)\s*)*"
            r"(?:기자|특파원|통신원|리포터|논설위원|위원|에디터|앵커|PD)(?:\s*=?)*$"
        ),
        "",
    ),
)
# Several people in one byline: 김한수·이영희 기자, 김한수, 이영희.
_SEPARATOR = re.compile(r"\s*[,;·ㆍ/]\s*|\s+(?:and|&)\s+")
_ONLY_NAMES = re.compile(r"[가-힣]{2,5}|[A-Z][\w.'-]+(?: [A-Z][\w.'-]+)+")


def names(byline: str) -> list[str]:
    """The people of a byline in order; a byline that is no list of names stays whole."""
    text = _cleaned(byline)
    parts = [_cleaned(part) for part in _SEPARATOR.split(text)]
    if len(parts) > 1 and all(_ONLY_NAMES.fullmatch(part) for part in parts if part):
        return [part for part in parts if part]
    return [text] if text else []


def _cleaned(byline: str) -> str:
    text = " ".join(byline.split())
    for pattern, replacement in _SUBSTITUTIONS:
        shorter = pattern.sub(replacement, text).strip()
        # A byline of nothing but its trimmings (기자) stays what it is.
        text = shorter or text
    return text
