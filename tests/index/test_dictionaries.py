"""The user dictionary and the synonyms: what a line may say, what is wrong with one, and that the
shipped files are sound."""

from pathlib import Path

import pytest
from kiwipiepy import Kiwi

from index.analysis import Analyser, analyser_for
from index.lexicon.synonyms import DictionaryError, Synonyms, key, synonyms
from index.lexicon.words import dictionary_words, shipped_words
from index.reindex import Options, reindex
from index.settings import Settings
from tests.building import OWN_WORDS, Quiet, markdown, write_files


def file(folder: Path, content: str | bytes, name: str = "own.txt") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def found(known: Synonyms, word: str) -> list[tuple[str, float | None]]:
    return [(s.text, s.weight) for s in known.table.get(key(word), ())]


# The user dictionary


def test_words(tmp_path: Path) -> None:
    content = (
        "\ufeff# 정당\r\n\r\n가온누리당\r\n  \t \n"
        "가온  누리\tNNG\n나래\t\t-2.5\nC#\tSL\t1\t# 언어\n미르  # 배\n"
    )
    own = dictionary_words(file(tmp_path, content))[len(shipped_words()) :]
    assert own == (
        ("가온누리당", "NNP", 0.0),
        ("가온 누리", "NNG", 0.0),
        ("나래", "NNP", -2.5),
        ("C#", "SL", 1.0),
        ("미르", "NNP", 0.0),
    )


@pytest.mark.parametrize(
    ("content", "mistakes"),
    [
        pytest.param("가온\n누리\tXYZ\n", ["2: 'XYZ' is no tag"], id="tag"),
        pytest.param("가온\tNNP\t많이\n", ["1: the score '많이' is no number"], id="score"),
        pytest.param("가온\tNNP\tnan\n", ["1: the score 'nan' is no number"], id="nan"),
        pytest.param("# 주석\n\tNNP\n", ["2: no word stands before the tab"], id="no-word"),
        pytest.param("!?\n", ["1: '!?' holds no letter"], id="no-letter"),
        pytest.param("가\x00온\n", ["1: the word holds a control character"], id="control"),
        pytest.param("가" * 51, ["1: the word is longer than 50 characters"], id="long"),
        pytest.param("가온\n나래\n가온\n", ["3: 가온 stands in line 1 already"], id="twice"),
        pytest.param("가온 NNP\n", ["1: a tab must stand before NNP"], id="blank"),
        pytest.param("가온\tNNP 3\n", ["1: 'NNP 3' is no tag", "separated by tabs"], id="blank-2"),
        pytest.param("가온\tNNP\t1\t2\n", ["1: 4 columns"], id="columns"),
        pytest.param("가온\n누리".encode("euc-kr"), ["1: cannot be read as UTF-8"], id="encoding"),
        pytest.param(
            "가온\tXYZ\t많이\n\n나래\n\tNNP\n나래\n",
            ["1: 'XYZ'", "1: the score", "4: no word", "5: 나래 stands in line 3"],
            id="all-at-once",
        ),
    ],
)
def test_every_mistake_of_a_dictionary(
    content: str | bytes, mistakes: list[str], tmp_path: Path
) -> None:
    path = file(tmp_path, content)
    with pytest.raises(DictionaryError) as error:
        dictionary_words(path)
    lines = str(error.value).splitlines()
    assert all(line.startswith(f"{path}:") for line in lines)
    assert all(mistake in str(error.value) for mistake in mistakes)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError, match=r"nowhere\.txt: cannot be read"):
        Analyser(tmp_path / "nowhere.txt")
    with pytest.raises(DictionaryError, match=r"nowhere\.txt: cannot be read"):
        synonyms(tmp_path / "nowhere.txt")


def test_words_with_spaces_stay_words(tmp_path: Path) -> None:
    own = analyser_for(file(tmp_path, OWN_WORDS))
    for text in ("가온 누리를 샀다", "가온누리를 샀다"):
        assert [t.text for t in own.analyse(text).terms][:2] == ["가온", "누리"]


@pytest.fixture(scope="module")
def bare() -> Kiwi:
    """Kiwi without any words of ours."""
    return Kiwi(num_workers=1)


@pytest.mark.parametrize("word", shipped_words(), ids=lambda word: str(word[0]))
def test_a_shipped_word_is_needed_and_works(word: tuple[str, str, float], bare: Kiwi) -> None:
    text = word[0]
    assert len(bare.tokenize(text)) > 1, f"Kiwi keeps {text} whole by itself"
    (unit, *others) = analyser_for().query(text).units
    # Of letters and syllables (챗GPT) each is a term by design.
    assert not others or not all("가" <= c <= "힣" for c in text)
    assert unit.start == 0


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("전공의 선택 기준", ["전공", "선택", "기준"]),
        ("전공의 집단 사직", ["전공의", "집단", "사직"]),
        ("국민의 힘으로", ["국민", "힘"]),
        ("오늘의 집 풍경", ["오늘", "집", "풍경"]),
        ("배달의 민족", ["배달", "민족"]),
        ("북한은 부인했다", ["북한", "부인"]),
    ],
)
def test_shipped_words_do_no_harm(text: str, terms: list[str], analyser: Analyser) -> None:
    assert [t.text for t in analyser.analyse(text).terms] == terms


# Synonyms


def test_groups(tmp_path: Path) -> None:
    own = synonyms(
        file(
            tmp_path,
            "\ufeff# 주석\n!*\n가온, 나래 , 미르  # 셋\n"
            "별 => 해, 달 ^0.5\r\n산, 물 => 들\n가온, 온가 ^ 0.9\nC#, 씨샵\n",
        )
    )
    assert (own.own, len(own.groups)) == (5, 5)
    assert found(own, "가온") == [("나래", None), ("미르", None), ("온가", 0.9)]
    assert found(own, "나래") == [("가온", None), ("미르", None)]
    assert found(own, "별") == [("해", 0.5), ("달", 0.5)]
    assert found(own, "해") == []
    assert found(own, "산") == found(own, "물") == [("들", None)]
    assert found(own, "c#") == [("씨샵", None)]


def test_the_shipped_groups_stand_beside_the_own_ones(tmp_path: Path) -> None:
    shipped = synonyms()
    own = synonyms(file(tmp_path, "한은, 가온은행 ^0.3\n한국은행, 한은 ^0.1\n!금감원\n"))
    assert (own.own, own.removed) == (2, 1)
    assert found(own, "한은") == [("한국은행", 0.1), ("가온은행", 0.3)]
    assert not found(own, "금감원")
    assert found(shipped, "금감원") == [("금융감독원", None)]
    assert own.stamp != shipped.stamp == synonyms().stamp


@pytest.mark.parametrize(
    ("content", "mistakes"),
    [
        pytest.param("혼자\n", ["1: a group needs two words or more"], id="alone"),
        pytest.param("가온,\n", ["1: a word is missing beside a comma"], id="comma"),
        pytest.param("가온 =>\n", ["1: a word must stand on either side of =>"], id="no-right"),
        pytest.param("=> 가온\n", ["1: a word must stand on either side of =>"], id="no-left"),
        pytest.param("가온 => 나래 => 미르\n", ["1: => stands more than once"], id="arrows"),
        pytest.param("가온, 나래 ^2\n", ["1: the weight '2' is no number above 0"], id="weight"),
        pytest.param("가온, 나래 ^0\n", ["1: the weight '0'"], id="zero"),
        pytest.param("가온, 나래 ^\n", ["1: the weight ''"], id="no-weight"),
        pytest.param("가온, 나래 ^nan\n", ["1: the weight 'nan'"], id="nan"),
        pytest.param("가온, !?\n", ["1: '!?' holds no letter"], id="no-letter"),
        pytest.param("챗GPT, 챗 gpt\n", ["'챗GPT' and '챗 gpt' are the same word"], id="same"),
        pytest.param(f"가온, {'나' * 51}\n", ["is longer than 50 characters"], id="long"),
        pytest.param("가\x00온, 나래\n", ["holds a control character"], id="control"),
        pytest.param("!가온누리\n", ["1: no shipped group holds '가온누리'"], id="not-shipped"),
        pytest.param("가온, 나래".encode("euc-kr"), ["1: cannot be read as UTF-8"], id="encoding"),
        pytest.param(
            "혼자\n가온, 나래\n!없다\n가, 나 ^9\n",
            ["1: a group", "3: no shipped", "4: the weight"],
            id="all-at-once",
        ),
    ],
)
def test_every_mistake_of_synonyms(
    content: str | bytes, mistakes: list[str], tmp_path: Path
) -> None:
    path = file(tmp_path, content)
    with pytest.raises(DictionaryError) as error:
        synonyms(path)
    lines = str(error.value).splitlines()
    assert len(lines) == len(mistakes)
    for line, mistake in zip(lines, mistakes, strict=True):
        assert line.startswith(f"{path}:")
        assert mistake in line


def test_no_index_depends_on_synonyms(tmp_path: Path) -> None:
    content = write_files(tmp_path / "content", {"a.md": markdown("한국은행")})

    def published(**values: Path) -> bool:
        settings = Settings(content_dir=content, index_dir=tmp_path / "index", **values)
        return reindex(settings, Options(), Quiet()).published

    assert published()
    assert not published(synonyms_file=file(tmp_path, "가온, 나래\n"))
    assert published(user_dictionary=file(tmp_path, OWN_WORDS, "words.tsv"))


def test_no_shipped_word_is_one_character() -> None:
    words = [word for group in synonyms().groups for word in group.words]
    assert [word for word in words if len(key(word)) < 2] == []
    assert 200 < len(synonyms().groups) < 700


def test_no_shipped_pair_stands_twice() -> None:
    pairs = [(key(a), key(b)) for group in synonyms().groups for a, b in group.pairs()]
    assert sorted(pairs) == sorted(set(pairs))
