"""The configuration: one table of names, defaults and help, from geulsaem.toml and GEULSAEM_…."""

import tomllib
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
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
    misplaced_settings,
    mistakes_of,
    unknown_variables,
    unread_variable,
)
from index.setting_values import (
    ClusterAddresses,
    ExistingFile,
    FieldKeys,
    HeaderName,
    IndexName,
    LongSecret,
    Networks,
    Origins,
    PasswordHashes,
    Rate,
    Tokens,
    WebAddress,
    Zone,
)

Engine = Literal["whoosh", "opensearch"]
ENGINES: tuple[Engine, ...] = ("whoosh", "opensearch")
Network = IPv4Network | IPv6Network


class ConfigurationError(Exception):
    """What is wrong with the configuration, one line for each mistake."""


class Settings(BaseSettings):
    """Everything that can be configured; ``geulsaem check`` prints it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, toml_file=CONFIG_FILE, extra="forbid", frozen=True
    )

    content_dir: Path = Field(Path("content"), description="the Hugo content folder")
    index_dir: Path = Field(Path(".index/site"), description="where the index lies")
    base_url: WebAddress | None = Field(
        None, description="address of the site; read from the Hugo configuration where not given"
    )
    permalinks: dict[str, str] | None = Field(
        None, description="permalink pattern by section; read from the Hugo configuration likewise"
    )
    timezone: Zone = Field("Asia/Seoul", description="zone of dates that name none")
    engine: Engine = Field(
        "whoosh",
        description="where the index is kept: whoosh in index_dir, opensearch in a cluster",
    )
    opensearch_url: ClusterAddresses = Field(
        "http://127.0.0.1:9200", description="address of the cluster; several with commas between"
    )
    opensearch_index: IndexName = Field(
        "geulsaem", description="what the names of its indices begin with; one for each site"
    )
    opensearch_user: str | None = Field(None, description="user of the cluster")
    opensearch_password: SecretStr | None = Field(None, description="password of that user")
    opensearch_ca_file: ExistingFile | None = Field(
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
    user_dictionary: ExistingFile | None = Field(
        None, description="words that are to stay whole, beside the shipped ones"
    )
    synonyms_file: ExistingFile | None = Field(
        None, description="words that find one another, added to the shipped ones"
    )
    field_keys: FieldKeys = Field(
        default_factory=dict, description="front matter keys that feed a field, best first"
    )
    allowed_origins: Origins = Field(
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
    secret_key: LongSecret | None = Field(
        None, description="signs the sessions of editors; without it /archive is off"
    )
    archive_users: PasswordHashes = Field(
        default_factory=dict,
        description="editors: name to password hash, as `geulsaem hash-password` makes it",
    )
    archive_tokens: Tokens = Field(
        default_factory=dict, description="programs that may read the archive: name to token"
    )
    sso_header: HeaderName | None = Field(
        None, description="header in which trusted_proxies name the editor who is logged in"
    )
    trusted_proxies: Networks = Field(
        default_factory=list,
        description="addresses or networks whose forwarded addresses and sso_header are believed",
    )
    hsts_seconds: int = Field(
        0, ge=0, description="browsers that came over https come no other way for so long; 0: any"
    )
    rate_limit: Rate = Field(
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

    @model_validator(mode="after")
    def _whom_to_believe(self) -> "Settings":
        if self.sso_header and not self.trusted_proxies:
            raise ValueError(
                "sso_header: anyone could send it; name the proxies that do in trusted_proxies"
            )
        return self

    @model_validator(mode="after")
    def _client_is_there(self) -> "Settings":
        if self.engine == "opensearch" and find_spec("opensearchpy") is None:
            raise ValueError("engine: opensearch needs `pip install 'geulsaem[opensearch]'`")
        return self

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
    fields = Settings.model_fields
    mistakes = [*unknown_variables(fields), *misplaced_settings(fields)]
    try:
        settings = Settings(**{k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        mistakes += mistakes_of(error, fields, given)
    except SettingsError as error:
        mistakes.append(unread_variable(error))
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        mistakes.append(f"{CONFIG_FILE}: {error}")
    if mistakes:
        raise ConfigurationError("\n".join([*mistakes, f"(configuration: {config_source()})"]))
    return settings
