"""The configuration: one TOML file, then the environment, then the command line; checked before anything runs.

`config/cti.toml` is the reference that people read: each key with its default, its unit and the reason for it.
The environment sets a key as `CTI__SECTION__KEY` (`CTI__PBX__0__SECRET` for the first PBX); `CTI__SECTION__KEY_FILE`
reads the value from a file, for secrets.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, Struct, field

from cti_server.core.errors import CtiError

Port = Annotated[int, Meta(ge=1, le=65535)]
Seconds = Annotated[float, Meta(gt=0)]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$")]


class SettingsError(CtiError):
    """A key of the configuration is wrong; the sentence names file, key, what was found and what is allowed."""

    default_code = "bad_settings"


class Web(Struct, forbid_unknown_fields=True, frozen=True):
    """Where browsers reach the server."""

    host: str = "127.0.0.1"
    port: Port = 8088
    public_url: str = ""
    allowed_origins: list[str] = field(default_factory=list)
    trusted_proxies: list[str] = field(default_factory=list)
    tls_cert: str = ""
    tls_key: str = ""
    metrics_token: str = ""


class Database(Struct, forbid_unknown_fields=True, frozen=True):
    """The PostgreSQL that keeps everything."""

    url: str = ""
    pool_size: Annotated[int, Meta(ge=2, le=100)] = 10
    timeout_seconds: Seconds = 2.5


class State(Struct, forbid_unknown_fields=True, frozen=True):
    """Local files of the server itself."""

    dir: str = "./var"
    journal_max_mb: Annotated[int, Meta(ge=16)] = 1024


class PbxSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """One Asterisk and how to reach its manager interface."""

    name: Name = "main"
    host: str = "127.0.0.1"
    port: Port = 5038
    user: str = "cti"
    secret: str = ""
    agent_devices: str = r"(PJSIP|SIP)/\d{3,6}w?"
    trunk_devices: str = ""
    tls: bool = False


class Site(Struct, forbid_unknown_fields=True, frozen=True):
    """Where the call center is and how it counts."""

    region: Annotated[str, Meta(pattern="^[A-Z]{2}$")] = "CN"
    area_code: Annotated[str, Meta(pattern="^[0-9]{0,4}$")] = ""
    outside_prefix: Annotated[str, Meta(pattern="^[0-9*#]{0,3}$")] = ""
    timezone: str = "Asia/Shanghai"
    language: Literal["zh-CN", "en"] = "zh-CN"
    business_day_start: Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "00:00"


class Queues(Struct, forbid_unknown_fields=True, frozen=True):
    """How queues are called and measured."""

    service_level_definition: Literal["F1", "F2", "F3", "F4", "F5", "F6"] = "F6"
    service_level_seconds: Annotated[int, Meta(ge=1, le=3600)] = 20
    service_level_target: Annotated[float, Meta(gt=0, le=1)] = 0.8
    short_abandon_seconds: Annotated[int, Meta(ge=0, le=600)] = 5
    labels: dict[str, str] = field(default_factory=dict)


class Dialling(Struct, forbid_unknown_fields=True, frozen=True):
    """What agents may dial from the consoles."""

    outside_prefix: Annotated[str, Meta(pattern="^[0-9*#]{0,4}$")] = ""
    forbidden: list[Annotated[str, Meta(pattern="^[0-9*#+]{1,20}$")]] = field(default_factory=list)
    allowed: list[Annotated[str, Meta(pattern="^[0-9*#+]{1,20}$")]] = field(default_factory=list)
    per_minute: Annotated[int, Meta(ge=1, le=1000)] = 10
    ring_seconds: Annotated[int, Meta(ge=5, le=300)] = 30
    auto_answer: bool = True


class Lost(Struct, forbid_unknown_fields=True, frozen=True):
    """The work list of callers who reached nobody."""

    agents_may: bool = False
    least_wait_seconds: Annotated[float, Meta(ge=0, le=600)] = 0.0


class Decisions(Struct, forbid_unknown_fields=True, frozen=True):
    """What the rules of queues (priorities, rings, overflow) need to know of this site."""

    value_field: Annotated[str, Meta(min_length=1, max_length=50)] = "value"
    owner_field: Annotated[str, Meta(min_length=1, max_length=50)] = "owner"
    actions_per_second: Annotated[int, Meta(ge=1, le=500)] = 50


class Customers(Struct, forbid_unknown_fields=True, frozen=True):
    """The look-up of the caller."""

    lookup_limit_ms: Annotated[int, Meta(ge=10, le=5000)] = 300


class Agents(Struct, forbid_unknown_fields=True, frozen=True):
    """How agents' states are looked after."""

    rona_after: Annotated[int, Meta(ge=1, le=1000)] = 2
    lost_tab: Literal["notReady", "signOut"] = "notReady"
    lost_tab_grace_seconds: Annotated[float, Meta(ge=5, le=3600)] = 60.0
    acw_seconds: Annotated[int, Meta(ge=0, le=3600)] = 20


class Help(Struct, forbid_unknown_fields=True, frozen=True):
    """Messages and notices between supervisors and agents."""

    keep_days: Annotated[float, Meta(ge=1, le=36_500)] = 180.0


class IceServer(Struct, forbid_unknown_fields=True, frozen=True):
    """A STUN or TURN server that browsers may use."""

    urls: str
    username: str = ""
    credential: str = ""


class Softphone(Struct, forbid_unknown_fields=True, frozen=True):
    """Phones in the browser."""

    enabled: bool = False
    devices: str = r"PJSIP/\d{3,6}w"
    websockets: dict[str, str] = field(default_factory=dict)
    ice_servers: list[IceServer] = field(default_factory=list)
    key_minutes: Annotated[float, Meta(ge=1, le=720)] = 60.0


class SessionSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """How long people stay signed in."""

    idle_hours: Seconds = 12.0
    max_hours: Seconds = 24.0


class Routing(Struct, forbid_unknown_fields=True, frozen=True):
    """Flows: the FastAGI server that speaks them, and programs that they may ask."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 4573
    allowed: list[str] = field(default_factory=lambda: ["127.0.0.1/32", "::1/128"])
    most_calls: Annotated[int, Meta(ge=1, le=20000)] = 1000
    lookup_hosts: list[Annotated[str, Meta(pattern=r"^[A-Za-z0-9*.-]{1,253}(:[0-9]{1,5})?$")]] = field(
        default_factory=list
    )
    lookup_networks: list[str] = field(default_factory=list)
    voicemail_days: Annotated[int, Meta(ge=1, le=36500)] = 90


class Recording(Struct, forbid_unknown_fields=True, frozen=True):
    """Where the PBX leaves its recordings, and what becomes of them."""

    dir: str = ""
    dirs: dict[str, str] = field(default_factory=dict)
    store: str = ""
    store_options: dict[str, str] = field(default_factory=dict)
    begin: Literal["call", "answer"] = "call"
    pause_seconds: Annotated[float, Meta(ge=5, le=3600)] = 120.0
    keep_days: Annotated[int, Meta(ge=1, le=36500)] = 180
    min_free_mb: Annotated[int, Meta(ge=0)] = 2048
    quota_gb: Annotated[float, Meta(ge=0)] = 0.0
    warn_days: Annotated[float, Meta(ge=0, le=365)] = 14.0
    transcribe: str = ""
    transcribe_queues: list[str] = field(default_factory=list)
    agents_may_listen: bool = False
    keys: str = ""
    deliver_sha256: dict[str, Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]] = field(default_factory=dict)


class Prompts(Struct, forbid_unknown_fields=True, frozen=True):
    """What callers hear."""

    dir: str = ""
    espeak: str = "espeak-ng"


class Quality(Struct, forbid_unknown_fields=True, frozen=True):
    """What agents may do with their scores."""

    dispute_days: Annotated[int, Meta(ge=1, le=90)] = 5
    dispute_rounds: Annotated[int, Meta(ge=0, le=10)] = 2


class Log(Struct, forbid_unknown_fields=True, frozen=True):
    """What the server says of itself on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Settings(Struct, forbid_unknown_fields=True, frozen=True):
    """All of the configuration."""

    web: Web = field(default_factory=Web)
    database: Database = field(default_factory=Database)
    state: State = field(default_factory=State)
    pbx: list[PbxSettings] = field(default_factory=list)
    site: Site = field(default_factory=Site)
    queues: Queues = field(default_factory=Queues)
    dialling: Dialling = field(default_factory=Dialling)
    lost: Lost = field(default_factory=Lost)
    decisions: Decisions = field(default_factory=Decisions)
    customers: Customers = field(default_factory=Customers)
    agents: Agents = field(default_factory=Agents)
    help: Help = field(default_factory=Help)
    softphone: Softphone = field(default_factory=Softphone)
    sessions: SessionSettings = field(default_factory=SessionSettings)
    routing: Routing = field(default_factory=Routing)
    recording: Recording = field(default_factory=Recording)
    quality: Quality = field(default_factory=Quality)
    prompts: Prompts = field(default_factory=Prompts)
    log: Log = field(default_factory=Log)


def load_settings(
    path: Path | None, env: Mapping[str, str] = os.environ, overrides: Mapping[str, str] | None = None
) -> Settings:
    """Read and check the configuration. `overrides` are `section.key` → text, from the command line.

    Raises SettingsError.
    """
    source = str(path) if path else "the environment"
    raw = _read(path) if path else {}
    for name, text in sorted(env.items()):
        if name.startswith("CTI__"):
            _put(raw, name[5:].lower().split("__"), text, name)
    for dotted, text in (overrides or {}).items():
        _put(raw, dotted.split("."), text, f"--set {dotted}")
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(_explain(str(error), raw, source)) from None
    _check_together(settings, source)
    return settings


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: there is no such file. Copy config/cti.toml there, or name yours with --config."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}.") from None


def _put(raw: dict[str, Any], keys: list[str], text: str, origin: str) -> None:
    """Set one key from text; what is not a text in Settings is read as a TOML value."""
    if keys[-1].endswith("_file"):
        keys = [*keys[:-1], keys[-1].removesuffix("_file")]
        try:
            text = Path(text).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"{origin}: the file {text} cannot be read: {error.strerror}.") from None
    here: Any = raw
    for key, following in zip(keys, [*keys[1:], ""], strict=True):
        if isinstance(here, list):
            number = int(key) if key.isdigit() else -1
            if not 0 <= number <= len(here):
                raise SettingsError(f"{origin}: {key!r} is no place in the list; allowed: 0 to {len(here)}.")
            if number == len(here):
                here.append({})
            here = here[number]
        elif following == "":
            here[key] = text if _is_text(keys) else _toml_value(text)
        else:
            here = here.setdefault(key, [] if following.isdigit() else {})


def _is_text(keys: list[str]) -> bool:
    kind = _type_of(keys)
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return kind is str or (get_origin(kind) is Literal and isinstance(get_args(kind)[0], str))


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _type_of(keys: list[str]) -> Any:
    """The declared type of a key, or None where there is no such key."""
    kind: Any = Settings
    for key in keys:
        if get_origin(kind) is list:
            kind = get_args(kind)[0]
        elif get_origin(kind) is dict:
            kind = get_args(kind)[1]
        elif isinstance(kind, type) and issubclass(kind, Struct):
            kind = get_type_hints(kind, include_extras=True).get(key)
        else:
            return None
    return kind


def _explain(message: str, raw: dict[str, Any], source: str) -> str:
    """msgspec's message as: file: key: what was found, what is allowed."""
    where = re.search(r" - at `\$\.?(.*)`$", message)
    keys = [key for key in re.split(r"[.\[\]]+", where.group(1)) if key] if where else []
    unknown = re.search(r"unknown field `(.+?)`", message)
    if unknown:
        return (
            f"{source}: {_dotted([*keys, unknown.group(1)])}: there is no such key. {_nearest(keys, unknown.group(1))}"
        )
    found: Any = raw
    for key in keys:
        found = found[int(key)] if isinstance(found, list) and key.isdigit() else found.get(key, "nothing")
    shown = "a secret" if keys and keys[-1] in ("secret", "url", "metrics_token", "keys") else repr(found)
    return f"{source}: {_dotted(keys)}: found {shown}; {_allowed(message, keys)}"


def _dotted(keys: list[str]) -> str:
    return ".".join(keys) or "(top)"


def _nearest(keys: list[str], wrong: str) -> str:
    kind = _type_of(keys)
    names = list(getattr(kind, "__struct_fields__", ()))
    close = difflib.get_close_matches(wrong, names, n=1)
    return f"Did you mean {close[0]}?" if close else f"Allowed: {', '.join(names)}."


def _allowed(message: str, keys: list[str]) -> str:
    kind = _type_of(keys)
    if get_origin(kind) is Literal:
        return f"allowed: {', '.join(map(repr, get_args(kind)))}."
    plain = message.split(" - at ")[0]
    return f"allowed: {plain[0].lower()}{plain[1:]}."


def _check_together(settings: Settings, source: str) -> None:
    """What no single key shows. Raises SettingsError."""

    def refuse(key: str, found: object, allowed: str) -> None:
        raise SettingsError(f"{source}: {key}: found {found}; allowed: {allowed}.")

    try:
        ZoneInfo(settings.site.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        refuse(
            "site.timezone", repr(settings.site.timezone), "a name of the IANA time zone list, such as Asia/Shanghai"
        )
    if not settings.database.url:
        refuse(
            "database.url",
            "nothing",
            "the address of a PostgreSQL, such as postgresql://cti@db.example/cti (best by CTI__DATABASE__URL_FILE)",
        )
    if bool(settings.web.tls_cert) != bool(settings.web.tls_key):
        refuse("web.tls_cert and web.tls_key", "only one of them", "both or neither")
    _check_pbxs(settings.pbx, refuse)


def _check_pbxs(pbxs: list[PbxSettings], refuse: Callable[[str, object, str], None]) -> None:
    names = [pbx.name for pbx in pbxs]
    if len(set(names)) < len(names):
        refuse("pbx.name", repr(names), "a name of its own for each PBX")
    for number, pbx in enumerate(pbxs):
        if not pbx.secret:
            refuse(
                f"pbx.{number}.secret",
                "nothing",
                f"the secret of the AMI user {pbx.user!r} (best by CTI__PBX__{number}__SECRET_FILE)",
            )
        if pbx.secret in ("amp111", "mysecret", "secret", "admin", "password", "1234"):
            refuse(f"pbx.{number}.secret", "one that everybody knows", "a long random one: this user can place calls")
        for key, pattern in (("agent_devices", pbx.agent_devices), ("trunk_devices", pbx.trunk_devices)):
            try:
                re.compile(pattern)
            except re.error as error:
                refuse(f"pbx.{number}.{key}", repr(pattern), f"a regular expression ({error})")
