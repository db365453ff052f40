"""Readings of hanja, and the table of headline abbreviations."""

import pytest

from index.lexicon.hanja import headline_table, readings


@pytest.mark.parametrize(
    ("word", "reading"),
    [
        # 두음법칙
        *(("老人", "노인"), ("勞動", "노동"), ("龍山", "용산"), ("女性", "여성"), ("年間", "연간")),
        # 不 before ㄷ and ㅈ
        *(("不動産", "부동산"), ("不正", "부정"), ("不法", "불법")),
        # 렬, 률
        *(("比率", "비율"), ("失敗率", "실패율"), ("規律", "규율"), ("法律", "법률")),
        *(("羅列", "나열"), ("分裂", "분열"), ("合格率", "합격률")),
        # 속음
        *(("困難", "곤란"), ("論難", "논란"), ("承諾", "승낙"), ("受諾", "수락"), ("六月", "유월")),
        # By sense, alone and inside a word
        *(("音樂", "음악"), ("復活", "부활"), ("逮捕令狀", "체포영장"), ("不實工事", "부실공사")),
        # Overrides of the character table
        *(("台灣", "대만"), ("露", "러"), ("憲裁", "헌재"), ("大韓民國", "대한민국")),
    ],
)
def test_readings(word: str, reading: str) -> None:
    assert readings(word)[0] == reading


def test_a_surname_is_read_as_one_beside_the_usual_reading() -> None:
    assert readings("金大中") == ("금대중", "김대중")


def test_no_reading_of_what_is_no_hanja() -> None:
    assert readings("金ab") == ()


# Every abbreviation of headlines that the study lists, by what it is.
COUNTRIES = "美中日韓北英佛獨伊露俄蘇印濠豪加比越泰臺台蒙歐亞"
READING_ONLY = (
    "西葡蘭墺希土前現新舊故對反親脫非無有大小高低初最再超全又內外男女父母子兄弟妻死車市道郡區"
)
INSTITUTIONS = "檢警軍靑青與野黨政法憲銀株證核"
SURNAMES = "文尹李朴安金洪盧鄭崔趙黃"


@pytest.mark.parametrize(
    ("characters", "group"),
    [
        (COUNTRIES, "country"),
        (READING_ONLY, "modifier"),
        (INSTITUTIONS, "institution"),
        (SURNAMES, "surname"),
    ],
    ids=["countries", "modifiers", "institutions", "surnames"],
)
def test_the_headline_table_is_whole(characters: str, group: str) -> None:
    table = headline_table()
    assert {c for c, entry in table.items() if entry.group == group} == set(characters)
    for character in characters:
        entry = table[character]
        assert all(entry.readings)
        assert bool(entry.meanings) or group != "country"
        assert not entry.meanings or group != "surname"
