"""The configuration: one table of names, defaults and help, from geulsaem.toml and GEULSAEM_…."""

import re
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from index.mistakes import (
    CONFIG_FILE,
    PREFIX,
    config_source,
    mistakes_of,
    unknown_variables,
    unread_variable,
)

Engine = Literal["whoosh", "opensearch"]
ENGINES: tuple[Engine, ...] = ("whoosh", "opensearch")
Network = IPv4Network | IPv6Network

# As werkzeug.security writes them: method, salt and hash.
_PASSWORD_HASH = re.compile(r"(?:scrypt|pbkdf2)(?::\w+)+\$[^$]+\$[0-9a-f]{32,}")
# A name travels in headers and addresses, and stands in the log.
_NAME = re.compile(r"\S(?:[^\x00-\x1f\x7f]{0,62}\S)?")
_HEADER = re.compile(r"[A-Za-z0-9-]+")
# What a browser sends: no path, no slash at the end, or it is never found equal.
_ORIGIN = re.compile(r"https?://[^/\s?#@\\*]+")
# Credentials have settings of their own: an address is logged.
_CLUSTER = re.compile(r"https?://[^/\s?#@,]+/?")
_INDEX_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_RATE = re.compile("[1-9][0-9]{0,8}/(second|minute|hour|day)")
_SHORTEST_SECRET = 32
_SHORTEST_TOKEN = 24

# Front matter keys by field, the best first; `a.b` looks into a mapping.
FIELD_KEYS: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "subtitle": ("subtitle", "description", "summary", "lead"),
    "authors": ("author", "authors"),
    "categories": ("categories", "category"),
    "tags": ("tags", "tag"),
    "date": ("date",),
    "lastmod": ("lastmod",),
    "image": ("images", "cover.image", "featured_image", "thumbnail"),
    # With the other names that Hugo knows.
    "publish_date": ("publishdate", "pubdate", "published"),
    "expiry_date": ("expirydate", "unpublishdate"),
}

_ADVICE = "make one with `python -c 'import secrets; print(secrets.token_urlsafe(32))'`"


class ConfigurationError(Exception):
    """What is wrong with the configuration, one line for each mistake."""


class Settings(BaseSettings):
    """Everything that can be configured; ``geulsaem check`` prints it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, toml_file=CONFIG_FILE, extra="forbid", frozen=True
    )

    content_dir: Path = Field(Path("content"), description="the Hugo content folder")
    index_dir: Path = Field(Path(".index/site"), description="where the index lies")
    base_url: str | None = Field(
        None, description="address of the site; read from the Hugo configuration where not given"
    )
    permalinks: dict[str, str] | None = Field(
        None, description="permalink pattern by section; read from the Hugo configuration likewise"
    )
    timezone: str = Field("Asia/Seoul", description="zone of dates that name none")
    engine: Engine = Field(
        "whoosh",
        description="where the index is kept: whoosh in index_dir, opensearch in a cluster",
    )
    opensearch_url: str = Field(
        "http://127.0.0.1:9200", description="address of the cluster; several with commas between"
    )
    opensearch_index: str = Field(
        "geulsaem", description="what the names of its indices begin with; one for each site"
    )
    opensearch_user: str | None = Field(None, description="user of the cluster")
    opensearch_password: SecretStr | None = Field(None, description="password of that user")
    opensearch_ca_file: Path | None = Field(
        None, description="certificate of the authority that signed those of the cluster"
    )
    opensearch_timeout: float = Field(
        10.0, gt=0, le=600, description="seconds to wait for an answer of the cluster"
    )
    opensearch_shards: int = Field(
        1, ge=1, le=1024, description="shards of an index that is built anew"
    )
    opensearch_replicas: int = Field(
        1, ge=0, le=16, description="copies of each shard; 0 where there is but one node"
    )
    user_dictionary: Path | None = Field(
        None, description="words that are to stay whole, beside the shipped ones"
    )
    synonyms_file: Path | None = Field(
        None, description="words that find one another, added to the shipped ones"
    )
    field_keys: dict[str, list[str]] = Field(
        default_factory=dict, description="front matter keys that feed a field, best first"
    )
    allowed_origins: list[str] = Field(
        default_factory=list,
        description="origins whose pages may call the API; that of base_url where empty",
    )
    metrics_token: SecretStr | None = Field(
        None, description="bearer token for /metrics; without one only this machine may ask"
    )
    log_queries: bool = Field(
        False, description="log what is searched for, which may tell who searches"
    )
    state_dir: Path = Field(
        Path(".state"), description="where the server keeps lockouts, saved searches and counts"
    )
    secret_key: SecretStr | None = Field(
        None, description="signs the sessions of editors; without it /archive is off"
    )
    archive_users: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="editors: name to password hash, as `geulsaem hash-password` makes it",
    )
    archive_tokens: dict[str, SecretStr] = Field(
        default_factory=dict, description="programs that may read the archive: name to token"
    )
    sso_header: str | None = Field(
        None, description="header in which trusted_proxies name the editor who is logged in"
    )
    trusted_proxies: list[str] = Field(
        default_factory=list,
        description="addresses or networks whose forwarded addresses and sso_header are believed",
    )
    hsts_seconds: int = Field(
        0, ge=0, description="browsers that came over https come no other way for so long; 0: any"
    )
    rate_limit: str = Field(
        "600/minute",
        description="requests from one address to all workers together; empty: no limit",
    )
    insights: bool = Field(True, description="count what is searched for (no personal data)")
    insights_days: int = Field(
        180, ge=1, le=3650, description="how many days these counts are kept"
    )

    @property
    def trusted_networks(self) -> tuple[Network, ...]:
        """``trusted_proxies`` as networks."""
        return tuple(ip_network(text) for text in self.trusted_proxies)

    @property
    def archive_is_on(self) -> bool:
        """Whether editors can be told from others."""
        return self.secret_key is not None

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _SHORTEST_SECRET:
            raise ValueError(f"is shorter than {_SHORTEST_SECRET} characters; {_ADVICE}")
        return value

    @field_validator("archive_users")
    @classmethod
    def _hashed_passwords(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, secret in value.items():
            _check_name(name)
            if not _PASSWORD_HASH.fullmatch(secret.get_secret_value()):
                raise ValueError(
                    f"what stands for {name} is no password hash; make one with "
                    "`geulsaem hash-password`"
                )
        return value

    @field_validator("archive_tokens")
    @classmethod
    def _long_tokens(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, secret in value.items():
            _check_name(name)
            token = secret.get_secret_value()
            if len(token) < _SHORTEST_TOKEN or not token.isascii() or " " in token:
                raise ValueError(
                    f"the token of {name} is not {_SHORTEST_TOKEN} ASCII characters or more; "
                    f"{_ADVICE}"
                )
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for text in value:
            try:
                ip_network(text)
            except ValueError as error:
                raise ValueError(
                    f"{text!r} is no address or network ({error}); 10.0.0.0/8 is one"
                ) from error
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _origins(cls, value: list[str]) -> list[str]:
        for text in value:
            if text != "*" and not _ORIGIN.fullmatch(text):
                raise ValueError(
                    f"{text!r} is no origin; https://news.example is one, with nothing behind it"
                )
        return value

    @field_validator("rate_limit")
    @classmethod
    def _rate(cls, value: str) -> str:
        if value and not _RATE.fullmatch(value):
            raise ValueError(f"{value!r} is no rate; 600/minute is one (second, minute, hour, day)")
        return value

    @field_validator("sso_header")
    @classmethod
    def _header_name(cls, value: str | None) -> str | None:
        if value is not None and not _HEADER.fullmatch(value):
            raise ValueError(f"{value!r} is no name of a header; X-Remote-User is one")
        return value

    @model_validator(mode="after")
    def _whom_to_believe(self) -> "Settings":
        if self.sso_header and not self.trusted_proxies:
            raise ValueError(
                "sso_header: anyone could send it; name the proxies that do in trusted_proxies"
            )
        return self

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is no time zone; Asia/Seoul is one") from error
        return value

    @field_validator("base_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://", "/")):
            raise ValueError(f"{value!r} does not begin with https://, http:// or /")
        return value

    @field_validator("field_keys")
    @classmethod
    def _known_fields(cls, value: dict[str, list[str]]) -> dict[str, list[str]]:
        unknown = ", ".join(sorted(value.keys() - FIELD_KEYS.keys()))
        if unknown:
            raise ValueError(f"no field is called {unknown}; there are {', '.join(FIELD_KEYS)}")
        return value

    @field_validator("opensearch_url")
    @classmethod
    def _cluster_addresses(cls, value: str) -> str:
        for text in value.split(","):
            if not _CLUSTER.fullmatch(text.strip()):
                raise ValueError(
                    f"{text.strip()!r} is no address; https://search.example:9200 is one"
                )
        return value

    @field_validator("opensearch_index")
    @classmethod
    def _index_name(cls, value: str) -> str:
        if not _INDEX_NAME.fullmatch(value):
            raise ValueError(f"{value!r} is no name of an index: small letters, digits, - and _")
        return value

    @model_validator(mode="after")
    def _client_is_there(self) -> "Settings":
        if self.engine == "opensearch" and find_spec("opensearchpy") is None:
            raise ValueError("engine: opensearch needs `pip install 'geulsaem[opensearch]'`")
        return self

    @field_validator("user_dictionary", "synonyms_file", "opensearch_ca_file")
    @classmethod
    def _existing_file(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"{value} is no file")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the file."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))


def load_settings(**given: Any) -> Settings:
    """The configuration in force; ``given`` values win, None means not given.

    Raises ConfigurationError with every mistake at once.
    """
    mistakes = list(unknown_variables(Settings.model_fields))
    try:
        settings = Settings(**{k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        mistakes += mistakes_of(error, Settings.model_fields, given)
    except SettingsError as error:
        mistakes.append(unread_variable(error))
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        mistakes.append(f"{CONFIG_FILE}: {error}")
    if mistakes:
        raise ConfigurationError("\n".join([*mistakes, f"(configuration: {config_source()})"]))
    return settings


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name[:80]!r} cannot be a name; write 1 to 64 characters")
