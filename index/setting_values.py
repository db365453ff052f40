"""What settings take beside their type, each said in words where it is something else."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, SecretStr

from index.fields import FIELD_KEYS

# As werkzeug.security writes them: method, salt and hash.
_PASSWORD_HASH = re.compile(r"(?:scrypt|pbkdf2)(?::\w+)+\$[^$]+\$[0-9a-f]{32,}")
# A name travels in headers and addresses, and stands in the log.
_NAME = re.compile(r"\S(?:[^\x00-\x1f\x7f]{0,62}\S)?")
# What a browser sends: no path, no slash at the end, or it is never found equal.
_ORIGIN = re.compile(r"https?://[^/\s?#@\\*]+")
# Credentials have settings of their own: an address is logged.
_CLUSTER = re.compile(r"https?://[^/\s?#@,]+/?")
_SHORTEST_SECRET = 32
_SHORTEST_TOKEN = 24

_ADVICE = "make one with `python -c 'import secrets; print(secrets.token_urlsafe(32))'`"


def _like(pattern: str, said: str) -> AfterValidator:
    """Text of a form; what is ``said`` of other text stands behind it."""
    form = re.compile(pattern, re.DOTALL)

    def checked(value: str) -> str:
        if not form.fullmatch(value):
            raise ValueError(f"{value!r} {said}")
        return value

    return AfterValidator(checked)


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < _SHORTEST_SECRET:
        raise ValueError(f"is shorter than {_SHORTEST_SECRET} characters; {_ADVICE}")
    return value


def _hashed_passwords(value: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name, secret in value.items():
        _check_name(name)
        if not _PASSWORD_HASH.fullmatch(secret.get_secret_value()):
            raise ValueError(
                f"what stands for {name} is no password hash; make one with "
                "`geulsaem hash-password`"
            )
    return value


def _long_tokens(value: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name, secret in value.items():
        _check_name(name)
        token = secret.get_secret_value()
        if len(token) < _SHORTEST_TOKEN or not token.isascii() or " " in token:
            raise ValueError(
                f"the token of {name} is not {_SHORTEST_TOKEN} ASCII characters or more; {_ADVICE}"
            )
    return value


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name[:80]!r} cannot be a name; write 1 to 64 characters")


def _networks(value: list[str]) -> list[str]:
    for text in value:
        try:
            ip_network(text)
        except ValueError as error:
            raise ValueError(
                f"{text!r} is no address or network ({error}); 10.0.0.0/8 is one"
            ) from error
    return value


def _origins(value: list[str]) -> list[str]:
    for text in value:
        if text != "*" and not _ORIGIN.fullmatch(text):
            raise ValueError(
                f"{text!r} is no origin; https://news.example is one, with nothing behind it"
            )
    return value


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{value!r} is no time zone; Asia/Seoul is one") from error
    return value


def _known_fields(value: dict[str, list[str]]) -> dict[str, list[str]]:
    unknown = ", ".join(sorted(value.keys() - FIELD_KEYS.keys()))
    if unknown:
        raise ValueError(f"no field is called {unknown}; there are {', '.join(FIELD_KEYS)}")
    return value


def _cluster_addresses(value: str) -> str:
    for text in value.split(","):
        if not _CLUSTER.fullmatch(text.strip()):
            raise ValueError(f"{text.strip()!r} is no address; https://search.example:9200 is one")
    return value


def _existing_file(value: Path) -> Path:
    if not value.is_file():
        raise ValueError(f"{value} is no file")
    return value


LongSecret = Annotated[SecretStr, AfterValidator(_long_enough)]
PasswordHashes = Annotated[dict[str, SecretStr], AfterValidator(_hashed_passwords)]
Tokens = Annotated[dict[str, SecretStr], AfterValidator(_long_tokens)]
Networks = Annotated[list[str], AfterValidator(_networks)]
Origins = Annotated[list[str], AfterValidator(_origins)]
Zone = Annotated[str, AfterValidator(_known_zone)]
FieldKeys = Annotated[dict[str, list[str]], AfterValidator(_known_fields)]
ClusterAddresses = Annotated[str, AfterValidator(_cluster_addresses)]
ExistingFile = Annotated[Path, AfterValidator(_existing_file)]
HeaderName = Annotated[str, _like("[A-Za-z0-9-]+", "is no name of a header; X-Remote-User is one")]
IndexName = Annotated[
    str,
    _like("[a-z0-9][a-z0-9_-]{0,99}", "is no name of an index: small letters, digits, - and _"),
]
Rate = Annotated[
    str,
    _like(
        "([1-9][0-9]{0,8}/(second|minute|hour|day))?",
        "is no rate; 600/minute is one (second, minute, hour, day)",
    ),
]
WebAddress = Annotated[str, _like("(https?://|/).*", "does not begin with https://, http:// or /")]
