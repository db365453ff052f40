"""The configuration, and what is read of the Hugo site around the content."""

from pathlib import Path
from typing import Any

import pytest
from werkzeug.security import generate_password_hash

from index.language import Language
from index.settings import ConfigurationError, Settings, load_settings
from index.site import SiteError, site_of
from tests.building import write_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, without a configuration."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_was_given_wins_over_the_environment_over_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = 'base_url = "https://file.example"\ntimezone = "UTC"\nindex_dir = "file"\n'
    write_files(folder, {"geulsaem.toml": toml})
    monkeypatch.setenv("GEULSAEM_TIMEZONE", "Asia/Tokyo")
    monkeypatch.setenv("GEULSAEM_INDEX_DIR", "environment")
    found = load_settings(index_dir=Path("given"), content_dir=None)
    assert found.base_url == "https://file.example"
    assert (found.timezone, found.index_dir, found.content_dir) == (
        *("Asia/Tokyo", Path("given"), Path("content")),
    )


def test_everything_that_is_wrong_is_said_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(
        folder,
        {
            "geulsaem.toml": 'timezone = "Mars"\nbase_url = "ftp://a.example"\nengines = 1\n'
            'user_dictionary = "nowhere.tsv"\nsynonyms_file = "nowhere.txt"\n'
            '[field_keys]\nauthors = ["a"]\nwriters = ["b"]\n'
        },
    )
    monkeypatch.setenv("GEULSAEM_COLOUR", "red")
    with pytest.raises(ConfigurationError) as error:
        load_settings()
    *lines, source = str(error.value).splitlines()
    assert source == f"(configuration: {folder / 'geulsaem.toml'})"
    names = sorted(line.split(":")[0] for line in lines)
    assert names == [
        *("GEULSAEM_COLOUR", "base_url", "engines", "field_keys", "synonyms_file", "timezone"),
        "user_dictionary",
    ]
    assert "synonyms_file: nowhere.txt is no file" in str(error.value)
    assert "no field is called writers; there are title, subtitle" in str(error.value)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("timezone = ", "geulsaem.toml: "),
        ('content_dir = ["a"]', 'content_dir: cannot be ["a"]; it takes a path'),
        ("[permalinks]\nposts = 1", "permalinks.posts: cannot be 1; it takes text, such as"),
        ("[field_keys]\nauthors = 'a'", 'field_keys.authors: cannot be "a"; it takes a list'),
        (
            'engine = "lucene"',
            'engine: cannot be "lucene"; it takes whoosh or opensearch (geulsaem',
        ),
        (
            'insights_days = "many"',
            'insights_days: cannot be "many"; it takes a whole number, 1 to',
        ),
        (
            "insights_days = 1.5",
            "insights_days: cannot be 1.5; it takes a whole number, 1 to 3650 (",
        ),
        ("hsts_seconds = -1", "hsts_seconds: cannot be -1; it takes a whole number, 0 or more ("),
        ("opensearch_timeout = 0", "opensearch_timeout: cannot be 0; it takes a number, more than"),
        ('insights = "perhaps"', 'insights: cannot be "perhaps"; it takes true or false ('),
        ("base_url = 1", "base_url: cannot be 1; it takes text"),
        ("secret_key = 12345678", "secret_key: cannot be what stands there; it takes text"),
        ("[archive_tokens]\nscript = 5", "archive_tokens.script: cannot be what stands there;"),
        ('permalinks = "a"', 'permalinks: cannot be "a"; it takes a table'),
        ('timezon = "UTC"', "timezon: there is no such setting; did you mean timezone? (geulsaem"),
        ("zzz = 1", "zzz: there is no such setting (geulsaem.toml)"),
        (
            '[archive_tokens]\nopensearch_url = "https://search.example:9200"',
            "archive_tokens.opensearch_url: it is a setting: write it above the first line in",
        ),
        ('timezone = "../../etc/passwd"', "timezone: "),
        ('timezone = ""', "timezone: "),
        ('secret_key = "short"', "secret_key: is shorter than 32 characters; make one with"),
        ('archive_users = "a"', "archive_users: "),
        ("[archive_users]\n'김한수' = 'swordfish'", "archive_users: what stands for 김한수 is no"),
        ("[archive_users]\n'' = 'x'", "archive_users: '' cannot be a name"),
        ("[archive_tokens]\nscript = 'swordfish'", "archive_tokens: the token of script is"),
        ('trusted_proxies = ["10.0.0.0/8", "proxy"]', "trusted_proxies: 'proxy' is no address"),
        ('trusted_proxies = ["10.0.0.1/8"]', "trusted_proxies: '10.0.0.1/8' is no address"),
        ('allowed_origins = ["https://a.example/"]', "allowed_origins: 'https://a.example/' is"),
        ('allowed_origins = ["https://a.example/b"]', "allowed_origins: 'https://a.example/b' is"),
        ('allowed_origins = ["a.example"]', "allowed_origins: 'a.example' is no origin; https://"),
        ('sso_header = "X-Remote-User"', "sso_header: anyone could send it"),
        ('sso_header = "X Remote"', "sso_header: 'X Remote' is no name of a header"),
        ("insights_days = 0", "insights_days: cannot be 0; it takes a whole number, 1 to 3650 ("),
    ],
)
def test_mistakes_are_named(toml: str, message: str, folder: Path) -> None:
    write_files(folder, {"geulsaem.toml": toml})
    with pytest.raises(ConfigurationError) as error:
        load_settings()
    assert str(error.value).startswith(message)
    assert "swordfish" not in str(error.value)


def test_secrets_are_not_shown(folder: Path) -> None:
    secret, token = "k" * 32, "t" * 24
    hashed = generate_password_hash("swordfish", method="scrypt")
    toml = (
        f'secret_key = "{secret}"\n[archive_users]\n"김한수" = "{hashed}"\n'
        f'[archive_tokens]\nscript = "{token}"\n'
    )
    write_files(folder, {"geulsaem.toml": toml})
    found = load_settings()
    assert found.archive_is_on
    assert found.archive_users["김한수"].get_secret_value() == hashed
    for shown in (repr(found), str(found), found.model_dump_json()):
        assert not any(hidden in shown for hidden in (secret, token, hashed))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "GEULSAEM_PERMALINKS",
            "{posts",
            'permalinks: cannot be "{posts"; it takes a table, such as {"a"',
        ),
        ("GEULSAEM_FIELD_KEYS", "{a", 'field_keys: GEULSAEM_FIELD_KEYS takes JSON, such as ["a",'),
        ("GEULSAEM_ALLOWED_ORIGINS", "https://a.example", "allowed_origins: GEULSAEM_ALLOWED_ORIG"),
        ("GEULSAEM_INSIGHTS_DAYS", "x", 'insights_days: cannot be "x"; it takes a whole number, 1'),
        ("GEULSAEM_TIMEZON", "UTC", "GEULSAEM_TIMEZON: there is no such setting; did you mean"),
        ("GEULSAEM_TIMEZONE", "Mars", "timezone: 'Mars' is no time zone; Asia/Seoul is one (GEULS"),
    ],
)
def test_mistakes_of_variables_are_named(
    name: str, value: str, message: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as error:
        load_settings()
    first, source = str(error.value).splitlines()
    assert first.startswith(message)
    assert source == f"(configuration: there is no geulsaem.toml in {folder})"


def test_a_mistake_of_the_command_line_says_so(folder: Path) -> None:
    write_files(folder, {"geulsaem.toml": 'engine = "whoosh"\n'})
    with pytest.raises(ConfigurationError, match=r"whoosh or opensearch \(command line\)"):
        load_settings(engine="lucene")


HUGO_TOML = """
baseURL = "https://hugo.example/news/"
uglyURLs = true
[permalinks]
posts = "/:year/:slug/"
"""
HUGO_YAML = """
baseurl: https://hugo.example/news/
uglyurls: true
permalinks:
  page:
    posts: /:year/:slug/
  section:
    posts: /x/
"""
HUGO_JSON = """
{"baseURL": "https://hugo.example/news/", "uglyURLs": true,
 "permalinks": {"posts": "/:year/:slug/"}}
"""


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"hugo.toml": HUGO_TOML}, id="hugo-toml"),
        pytest.param({"hugo.toml": "\ufeff" + HUGO_TOML}, id="bom"),
        pytest.param({"hugo.yaml": HUGO_YAML}, id="hugo-yaml"),
        pytest.param({"hugo.json": HUGO_JSON}, id="hugo-json"),
        pytest.param({"config.toml": HUGO_TOML}, id="config-toml"),
        pytest.param({"config.yml": HUGO_YAML}, id="config-yml"),
        pytest.param({"config/_default/hugo.toml": HUGO_TOML}, id="folder"),
        pytest.param(
            {
                "config/_default/config.toml": HUGO_TOML.split("[")[0],
                "config/_default/permalinks.toml": "posts = '/:year/:slug/'",
            },
            id="folder-of-parts",
        ),
        pytest.param(
            {
                "config/_default/hugo.toml": HUGO_TOML.replace("hugo.example", "test.example"),
                "config/production/hugo.toml": "baseURL = 'https://hugo.example/news/'",
            },
            id="folder-of-production",
        ),
    ],
)
def test_the_hugo_configuration(files: dict[str, str], folder: Path) -> None:
    write_files(folder, files)
    site = site_of(Settings(content_dir=folder / "content"))
    assert site.base_url == "https://hugo.example/news/"
    assert site.ugly_urls
    assert site.permalinks["posts"] == "/:year/:slug/"


KO, EN = "[languages.ko]\n", "[languages.en]\n"
IN_SUBDIR = "defaultContentLanguageInSubdir = true\n"


@pytest.mark.parametrize(
    ("configuration", "suffixes", "languages"),
    [
        pytest.param("", {"en": ""}, {}, id="none"),
        pytest.param("defaultContentLanguage = 'ko'", {"ko": ""}, {}, id="one"),
        pytest.param(
            f"defaultContentLanguage = 'ko'\n{KO}{EN}permalinks = {{posts = '/:slug/'}}",
            {"ko": "", "en": "en"},
            {"": Language(), "en": Language("/en", None, {"posts": "/:slug/"})},
            id="two",
        ),
        pytest.param(
            f"defaultContentLanguage = 'ko'\n{IN_SUBDIR}{KO}{EN}",
            {"ko": "", "en": "en"},
            {"": Language("/ko"), "en": Language("/en")},
            id="each-in-a-folder",
        ),
        pytest.param(
            f"defaultContentLanguage = 'ko'\n{IN_SUBDIR}{KO}{EN}baseURL = 'https://en.example/'",
            {"ko": "", "en": "en"},
            {"": Language(), "en": Language("", "https://en.example/")},
            id="each-with-an-address",
        ),
        pytest.param("languages = 'ko'", {"en": ""}, {}, id="no-table"),
    ],
)
@pytest.mark.parametrize("apart", [False, True], ids=["one-file", "file-of-languages"])
def test_languages_of_the_hugo_configuration(
    configuration: str, suffixes: Any, languages: Any, apart: bool, folder: Path
) -> None:
    head, table, rest = configuration.partition("[languages.")
    if apart and table:
        tables = (table + rest).replace("[languages.", "[")
        write_files(folder, {"config/_default/languages.toml": tables, "hugo.toml": head})
    else:
        write_files(folder, {"hugo.toml": configuration})
    site = site_of(Settings(content_dir=folder / "content"))
    assert (site.suffixes, site.languages) == (suffixes, languages)


def test_what_is_configured_wins_over_hugo(folder: Path) -> None:
    write_files(folder, {"hugo.toml": HUGO_TOML})
    own = Settings(content_dir=folder / "content", base_url="/", permalinks={"posts": "/:title/"})
    site = site_of(own)
    assert (site.base_url, dict(site.permalinks)) == ("/", {"posts": "/:title/"})


@pytest.mark.parametrize(
    "files",
    [
        {"hugo.toml": "baseURL = "},
        {"hugo.yaml": "a: [1"},
        {"hugo.yaml": "a: " + "[" * 5_000},
        {"hugo.json": "{"},
        {"config/_default/permalinks.toml": "= 1"},
    ],
    ids=["toml", "yaml", "yaml-nested", "json", "permalinks"],
)
def test_a_hugo_configuration_that_cannot_be_read(files: dict[str, str], folder: Path) -> None:
    write_files(folder, files)
    with pytest.raises(SiteError, match=next(iter(files))):
        site_of(Settings(content_dir=folder / "content"))


@pytest.mark.parametrize("text", ["", "[1]", "text"], ids=["empty", "list", "word"])
def test_a_hugo_configuration_that_says_nothing(text: str, folder: Path) -> None:
    write_files(folder, {"hugo.yaml": text})
    assert site_of(Settings(content_dir=folder / "content")).base_url == "/"
