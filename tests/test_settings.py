"""The configuration: what is read, and how each kind of mistake is told."""

import re
from pathlib import Path

import msgspec
import pytest

from cti_server.settings import Settings, SettingsError, load_settings

GOOD = """
[database]
url = "postgresql:///cti"
[[pbx]]
name = "main"
secret = "a long and random one"
"""


def load(
    tmp_path: Path, text: str, env: dict[str, str] | None = None, overrides: dict[str, str] | None = None
) -> Settings:
    path = tmp_path / "cti.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, env or {}, overrides)


def test_defaults_are_filled_in(tmp_path: Path) -> None:
    settings = load(tmp_path, GOOD)
    assert settings.web.port == 8088
    assert settings.pbx[0].user == "cti"
    assert settings.queues.service_level_definition == "F6"


def test_environment_beats_file_and_command_line_beats_both(tmp_path: Path) -> None:
    settings = load(tmp_path, GOOD, {"CTI__WEB__PORT": "9000", "CTI__WEB__HOST": "0.0.0.0"}, {"web.port": "9001"})
    assert (settings.web.host, settings.web.port) == ("0.0.0.0", 9001)


def test_a_secret_comes_from_a_file_and_stays_a_text(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("1234567890\n")
    settings = load(tmp_path, GOOD, {"CTI__PBX__0__SECRET_FILE": str(tmp_path / "secret")})
    assert settings.pbx[0].secret == "1234567890"


def test_everything_may_come_from_the_environment() -> None:
    env = {
        "CTI__DATABASE__URL": "postgresql:///cti",
        "CTI__PBX__0__NAME": "west",
        "CTI__PBX__0__SECRET": "a long and random one",
        "CTI__QUEUES__LABELS": '{support = "客服"}',
    }
    settings = load_settings(None, env)
    assert settings.pbx[0].name == "west"
    assert settings.queues.labels == {"support": "客服"}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[web]\nport = 'abc'", ["web.port", "'abc'", "int"]),
        ("[web]\nport = 70000", ["web.port", "70000", "65535"]),
        ("[web]\nprot = 1", ["web.prot", "no such key", "port"]),
        ("[wbe]\nport = 1", ["wbe", "no such key", "web"]),
        ("[log]\nlevel = 'loud'", ["log.level", "'loud'", "'debug'"]),
        ("[site]\ntimezone = 'Mars/Olympus'", ["site.timezone", "Mars/Olympus", "IANA"]),
        ("[[pbx]]\nname = 'a b'\nsecret='x1x2x3x4'", ["pbx.0.name", "'a b'"]),
        ("[[pbx]]\nname = 'a'", ["pbx.0.secret", "nothing", "CTI__PBX__0__SECRET_FILE"]),
        ("[[pbx]]\nsecret = 'amp111'", ["pbx.0.secret", "everybody knows"]),
        ("[[pbx]]\nsecret = 'xyzxyz'\nagent_devices='('", ["pbx.0.agent_devices", "regular expression"]),
        ("[[pbx]]\nsecret='xyzxyz'\n[[pbx]]\nsecret='xyzxyz'", ["pbx.name", "of its own"]),
        ("[web]\ntls_cert = 'x'", ["web.tls_cert", "both"]),
        ("[web\n", ["not valid TOML"]),
    ],
)
def test_a_mistake_names_file_key_found_and_allowed(tmp_path: Path, text: str, parts: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, "[database]\nurl='postgresql:///x'\n" + text)
    for part in ["cti.toml", *parts]:
        assert part in caught.value.sentence


def test_a_missing_file_and_a_missing_database_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no such file.*--config"):
        load_settings(tmp_path / "none.toml", {})
    with pytest.raises(SettingsError, match=r"database\.url: found nothing.*CTI__DATABASE__URL_FILE"):
        load(tmp_path, "")


def test_a_wrong_secret_is_not_printed(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, GOOD.replace('"a long and random one"', "987654321"))
    assert "987654321" not in caught.value.sentence


def test_the_reference_file_names_every_key_with_its_default(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "config" / "cti.toml").read_text(encoding="utf-8")
    opened = re.sub(r"(?m)^# (\w+ = )", r"\1", text).replace('secret = ""', 'secret = "filled in here"')
    opened = re.sub(r'(?m)^url = ""', 'url = "postgresql:///cti"', opened)
    settings = load(tmp_path, opened)
    with_defaults = load(tmp_path, GOOD.replace("a long and random one", "filled in here"))
    assert settings == with_defaults
    for section, value in msgspec.to_builtins(settings).items():
        keys = value[0] if isinstance(value, list) else value
        for key in keys:
            assert re.search(rf"(?m)^(# )?{key} = ", text), f"{section}.{key} is not in config/cti.toml"
