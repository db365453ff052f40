"""The command geulsaem: what it prints, and how it ends."""

import json
import shutil
import unicodedata
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from werkzeug.security import check_password_hash

from index.generation import IndexFolder
from tests.building import OWN_WORDS, article, build_index, day, write_files
from web.cli import geulsaem
from web.embed import search_box


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    articles = [
        article("posts/a", title="반도체 수출 증가", date=day("2024-05-06")),
        article("posts/b", title="반도체 값", date=None),
        article("posts/draft", title="반도체 초안", draft=True),
    ]
    build_index(folder, articles)
    return folder


@pytest.fixture
def run(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A runner whose environment names the index, in a folder without a configuration file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEULSAEM_INDEX_DIR", str(index))
    monkeypatch.setenv("GEULSAEM_CONTENT_DIR", str(index))
    return CliRunner()


def call(run: CliRunner, *arguments: str, code: int = 0, given: str | bytes = "") -> Result:
    """The result of a command that must end so; ``given`` is its input."""
    result = run.invoke(geulsaem, arguments, input=given)
    assert result.exit_code == code, result.output
    return result


def test_search(run: CliRunner) -> None:
    lines = call(run, "search", "반도체").stdout.splitlines()
    assert lines[0] == "2 articles (all words)"
    assert "2024-05-06  반도체 수출 증가" in lines
    assert "            반도체 값" in lines
    # As good as equal: the newer one first, the one without a date behind it.
    assert [line.strip() for line in lines[2::2]] == ["posts/a", "posts/b"]


def test_search_shows_drafts_only_when_asked_to(run: CliRunner) -> None:
    assert "초안" not in call(run, "search", "반도체").stdout
    assert "초안" in call(run, "search", "반도체", "--all").stdout


def test_search_can_be_cut(run: CliRunner) -> None:
    assert len(call(run, "search", "반도체", "--limit", "1").stdout.splitlines()) == 3


def test_search_as_json(run: CliRunner) -> None:
    answer = json.loads(call(run, "search", "반도체", "--json").stdout)
    assert answer["total"] == 2
    assert answer["hits"][0]["highlights"]["title"].startswith("<mark>반도체</mark>")
    assert "수출" in call(run, "search", "반도체", "--json").stdout


@pytest.mark.parametrize(
    ("query", "head"),
    [
        ("qksehcp", "2 articles (all words), searched for instead: 반도체 (keyboard)"),
        ("반도체", "2 articles (all words)"),
    ],
)
def test_search_says_what_was_searched_for_instead(query: str, head: str, run: CliRunner) -> None:
    assert call(run, "search", query).stdout.splitlines()[0] == head


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("date:2025-13", ["‘date:2025-13’: 날짜를", "“date:2025-13” is no date"]),
        ("foo:bar", ["‘foo:bar’: 이런 항목이", "“foo:bar” names no field"]),
        (
            "제목:반도체",
            ["‘제목:반도체’: 이런", "“제목:반도체” names no", "did you mean: title:반도체"],
        ),
        ("반도체 12:30", []),
    ],
)
def test_search_says_what_was_misread(query: str, lines: list[str], run: CliRunner) -> None:
    said = [line for line in call(run, "search", query).stdout.splitlines()[1:] if line[0] in "‘“d"]
    assert len(said) == len(lines)
    assert all(line.startswith(begun) for line, begun in zip(said, lines, strict=True))


def test_search_corrects_the_spelling_as_a_server_does(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_index(tmp_path / "many", [article(f"a/{n}", title=f"삼성전자 {n}") for n in range(9)])
    monkeypatch.setenv("GEULSAEM_INDEX_DIR", str(tmp_path / "many"))
    head = "9 articles (all words), searched for instead: 삼성전자 (spelling)"
    assert call(run, "search", "삼섬전자").stdout.splitlines()[0] == head


def test_search_sets_apart_what_has_some_of_the_words(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = ("반도체 수출 증가", *["반도체 소식"] * 3, *["날씨"] * 7)
    build_index(tmp_path / "some", [article(f"a/{n}", title=t) for n, t in enumerate(titles)])
    monkeypatch.setenv("GEULSAEM_INDEX_DIR", str(tmp_path / "some"))
    lines = [line.strip() for line in call(run, "search", "반도체 수출").stdout.splitlines()]
    shown = ["1 article (all words)", "a/0", "with some of the words only:", "a/1", "a/2", "a/3"]
    assert [lines[0], *lines[2::2][:1], lines[3], *lines[5::2]] == shown


def test_search_explains_the_order(run: CliRunner) -> None:
    lines = call(run, "search", "반도체 값", "--explain").stdout.splitlines()
    assert lines[1].endswith("반도체 값")
    assert "recency 1.0000" in lines[3]
    (term,) = [line for line in lines[4:12] if " term 값: weight 1.00" in line]
    assert "title" in term
    assert "(1 of 2)" in term
    assert "missing 값" in call(run, "search", "값 수출", "--explain").stdout
    answer = json.loads(call(run, "search", "반도체", "--explain", "--json").stdout)
    assert set(answer["explanations"]) == {"posts/a", "posts/b"}


def test_a_server_does_not_start_on_wrong_synonyms(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, {"synonyms.txt": "가온, 나래\n혼자\n"})
    monkeypatch.setenv("GEULSAEM_SYNONYMS_FILE", str(tmp_path / "synonyms.txt"))
    for command in (("serve",), ("search", "반도체")):
        error = call(run, *command, code=2).stderr
        assert "synonyms.txt:2: a group needs two words or more" in error


def test_nothing_found_is_no_failure(run: CliRunner) -> None:
    assert call(run, "search", "쿼카").stdout == "0 articles (all words)\n"


def test_an_excluding_query_comes_behind_two_dashes(run: CliRunner) -> None:
    assert call(run, "search", "--", "-수출").stdout.startswith("1 article (")


def test_bytes_that_are_no_text_are_searched_for(run: CliRunner) -> None:
    assert json.loads(call(run, "search", "\udcb9반도체", "--json").stdout)["total"] == 2


def test_stats(run: CliRunner, index: Path) -> None:
    output = call(run, "stats").stdout
    rows = dict(line.strip().split(maxsplit=1) for line in output.splitlines())
    assert rows["articles"] == "3"
    assert rows["generation"] == "1"
    assert rows["index"] == str(index)
    assert rows["size"].endswith("MiB")


@pytest.mark.parametrize("zone", ["Asia/Seoul", "UTC", "America/New_York"])
def test_stats_tells_the_time_of_the_configured_zone(
    zone: str, run: CliRunner, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEULSAEM_TIMEZONE", zone)
    generation = IndexFolder(index).current()
    assert generation is not None
    local = datetime.fromisoformat(generation.created).astimezone(ZoneInfo(zone))
    shown = f"published   {local:%Y-%m-%d %H:%M:%S} ({zone})"
    assert shown in call(run, "stats").stdout


def test_check(run: CliRunner) -> None:
    output = call(run, "check").stdout
    for name in ("content_dir", "index_dir", "timezone", "allowed_origins", "base_url"):
        assert name in output
    assert "Asia/Seoul" in output
    assert "kiwipiepy" in output
    assert search_box().path in output


@pytest.mark.parametrize(("base_url", "noted"), [(None, True), ("https://a.example/", False)])
def test_check_says_that_hits_lead_nowhere(
    base_url: str | None, noted: bool, run: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    if base_url:
        monkeypatch.setenv("GEULSAEM_BASE_URL", base_url)
    assert ("base_url: note: / names no site" in call(run, "check").stdout) is noted


def test_check_says_everything_that_is_wrong(
    run: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEULSAEM_TIMEZONE", "Mars/Base")
    monkeypatch.setenv("GEULSAEM_BASE_URL", "ftp://x")
    monkeypatch.setenv("GEULSAEM_COLOUR", "red")
    error = call(run, "check", code=2).stderr
    for name in ("timezone", "base_url", "GEULSAEM_COLOUR"):
        assert name in error


@pytest.mark.parametrize("written", [True, False], ids=["there", "missing"])
def test_check_says_which_file_it_read(written: bool, run: CliRunner, tmp_path: Path) -> None:
    if written:
        write_files(tmp_path, {"geulsaem.toml": "insights_days = 30\n"})
    output = call(run, "check").stdout
    named = str(tmp_path / "geulsaem.toml")
    assert (named in output) is written
    assert (f"there is no geulsaem.toml in {tmp_path}" in output) is not written


def test_check_says_that_there_is_no_content(
    run: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEULSAEM_CONTENT_DIR", "nowhere")
    result = call(run, "check", code=2)
    assert "content_dir" in result.stderr
    assert "timezone" in result.stdout


def test_check_hides_secrets(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = call(run, "hash-password", given="열려라 참깨 123\n").stdout.strip()
    assert "off: there is no secret_key" in call(run, "check").stdout
    monkeypatch.setenv("GEULSAEM_SECRET_KEY", "k" * 40)
    assert "on, but closed" in call(run, "check").stdout
    monkeypatch.setenv("GEULSAEM_ARCHIVE_USERS", json.dumps({"김한수": hashed}))
    monkeypatch.setenv("GEULSAEM_ARCHIVE_TOKENS", json.dumps({"script": "t" * 24}))
    output = call(run, "check").stdout
    assert "김한수 (hidden)" in output
    assert not any(secret in output for secret in (hashed, "k" * 40, "t" * 24))


def test_a_password_is_hashed(run: CliRunner) -> None:
    first, second = (
        call(run, "hash-password", given=given).stdout.strip()
        # Decomposed, as some keyboards write it, and composed: one password.
        for given in ("열려라 참깨 123\n", unicodedata.normalize("NFD", "열려라 참깨 123\r\n"))
    )
    assert first != second
    for hashed in (first, second):
        assert hashed.startswith("scrypt:")
        assert check_password_hash(hashed, "열려라 참깨 123")


@pytest.mark.parametrize("given", ["", "short\n", b"\xff\xfe123456789\n"], ids=repr)
def test_a_password_that_cannot_be_used(given: str | bytes, run: CliRunner) -> None:
    error = call(run, "hash-password", given=given, code=2).stderr
    assert error.startswith("geulsaem: the password is ")


def test_check_says_that_there_is_no_place_to_write(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, {"file": ""})
    for place, code in (("new/folder", 0), ("file", 2), ("file/folder", 2)):
        monkeypatch.setenv("GEULSAEM_STATE_DIR", place)
        result = call(run, "check", code=code)
        assert ("cannot be written" in result.stderr) is bool(code)


def test_check_of_the_index(run: CliRunner, index: Path, tmp_path: Path) -> None:
    copied = tmp_path / "index"
    shutil.copytree(index, copied)
    environment = {"GEULSAEM_INDEX_DIR": str(copied)}
    result = run.invoke(geulsaem, ["check", "--index"], env=environment)
    assert (result.exit_code, result.stdout.count("whole: ")) == (0, 2)
    (segment,) = copied.rglob("*.seg")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 8
    segment.write_bytes(data)
    result = run.invoke(geulsaem, ["check", "--index"], env=environment)
    assert result.exit_code == 3
    assert "1 of 4 files damaged" in result.stdout
    assert f"geulsaem: {segment}: " in result.stderr
    assert "has changed since it was written; run `reindex --full`" in result.stderr


def test_check_of_no_index(run: CliRunner, tmp_path: Path) -> None:
    environment = {"GEULSAEM_INDEX_DIR": str(tmp_path / "none")}
    result = run.invoke(geulsaem, ["check", "--index"], env=environment)
    assert (result.exit_code, "no index yet" in result.stderr) == (3, True)


OWN_SYNONYMS = "창구, 은행 카운터  # 같은 말\n가온누리당 => 가누당 ^0.5\n!한은\n예라, 가온누리당\n"


def test_check_counts_words_and_synonyms(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, {"words.tsv": OWN_WORDS, "synonyms.txt": OWN_SYNONYMS})
    monkeypatch.setenv("GEULSAEM_USER_DICTIONARY", str(tmp_path / "words.tsv"))
    monkeypatch.setenv("GEULSAEM_SYNONYMS_FILE", str(tmp_path / "synonyms.txt"))
    output = call(run, "check").stdout
    assert "2 words, and" in output
    assert "3 groups, and" in output
    assert "(1 taken away)" in output
    # What Kiwi does not keep whole is no mistake, but worth a word.
    assert "synonyms.txt:4: note: 예라" in output


def test_check_says_every_line_that_is_wrong(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"words.tsv": "가온\tXYZ\n나래\n나래\n", "synonyms.txt": "혼자\n가, 나 ^2\n"}
    write_files(tmp_path, files)
    monkeypatch.setenv("GEULSAEM_USER_DICTIONARY", str(tmp_path / "words.tsv"))
    monkeypatch.setenv("GEULSAEM_SYNONYMS_FILE", str(tmp_path / "synonyms.txt"))
    monkeypatch.setenv("GEULSAEM_CONTENT_DIR", "nowhere")
    result = call(run, "check", code=2)
    for place in ("words.tsv:1:", "words.tsv:3:", "synonyms.txt:1:", "synonyms.txt:2:"):
        assert result.stderr.count(place) == 1
    assert "content_dir: nowhere" in result.stderr
    assert "Asia/Seoul" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("search", "가" * 257), 2, "256"),
        (("search",), 2, "QUERY"),
        (("search", "a", "--limit", "0"), 2, "limit"),
        (("find", "a"), 2, "find"),
        (("serve", "--port", "0"), 2, "port"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_wrong_usage(arguments: tuple[str, ...], code: int, message: str, run: CliRunner) -> None:
    assert message in call(run, *arguments, code=code).stderr


@pytest.mark.parametrize("command", [("search", "a"), ("stats",)])
def test_without_an_index(
    command: tuple[str, ...], run: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEULSAEM_INDEX_DIR", "none")
    error = call(run, *command, code=3).stderr
    assert error.startswith("geulsaem: ")
    assert "reindex" in error


@pytest.mark.parametrize("arguments", [(), ("-h",), ("--help",), ("search", "-h"), ("--version",)])
def test_help(arguments: tuple[str, ...], run: CliRunner) -> None:
    assert run.invoke(geulsaem, arguments).output
