"""The private apt, driven by a double of apt at the edge: what it is told, what is believed, what is kept."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from cti_server.sandbox.apt import PrivateApt, Selection
from cti_server.sandbox.progress import QUIET
from cti_server.sandbox.state import SandboxError, State

# Answers as apt-get does; writes down how it was called and with which configuration.
APT_GET = """#!/bin/sh
echo "$@" >> "$DOUBLE/calls"
cp "$APT_CONFIG" "$DOUBLE/apt.conf" 2>/dev/null
case "$*" in
  *indextargets*) cat "$DOUBLE/targets" ;;
  *update*) [ ! -f "$DOUBLE/offline" ] || { echo "E: Temporary failure resolving mirror" >&2; exit 100; } ;;
  *--print-uris*) cat "$DOUBLE/uris" ;;
  *download*|*install*) cp "$DOUBLE"/*.deb . ;;
esac
"""

APT_CONFIG = """#!/bin/sh
echo 'Acquire::http::Proxy "http://proxy.test";'
echo 'DPkg::Post-Invoke:: "rm -rf x";'
"""


@pytest.fixture
def double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "double"
    (home / "bin").mkdir(parents=True)
    for name, text in {
        "apt-get": APT_GET,
        "apt-config": APT_CONFIG,
    }.items():
        (home / "bin" / name).write_text(text)
        (home / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{home}/bin", prepend=os.pathsep)
    monkeypatch.setenv("DOUBLE", str(home))
    monkeypatch.setenv("CTI_DEBIAN_MIRROR", "http://mirror.test/debian")
    (home / "targets").write_text("")
    deb = build_package(tmp_path, home)
    digest = hashlib.sha256(deb.read_bytes()).hexdigest()
    (home / "uris").write_text(
        f"'http://mirror.test/pool/{deb.name}' {deb.name} {deb.stat().st_size} SHA256:{digest}\n"
    )
    return home


def build_package(tmp_path: Path, target: Path) -> Path:
    root = tmp_path / "package"
    for path, text in {
        "DEBIAN/control": "Package: tea\nVersion: 1\nArchitecture: all\nMaintainer: x <x@test>\nDescription: tea\n",
        "bin/tea": "#!/bin/sh\necho tea\n",
        "usr/share/doc/tea/copyright": "free\n",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "bin/tea").chmod(0o4755)
    deb = target / "tea_1_all.deb"
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", str(root), str(deb)], check=True, capture_output=True)
    return deb


TEA = Selection("tea", ("tea",), "testing", alone=True)


def calls(double: Path) -> list[str]:
    return (double / "calls").read_text().splitlines()


async def test_a_package_is_unpacked_below_the_state_folder(double: Path, tmp_path: Path) -> None:
    prefix = await PrivateApt(State.open(tmp_path / "s"), QUIET).unpacked(TEA)
    program = prefix / "usr/bin/tea"
    assert program.stat().st_mode & 0o7777 == 0o755, "set-id bits stay out"
    assert (prefix / "bin").readlink() == Path("usr/bin")
    assert not (prefix / "usr/share/doc/tea").exists()


async def test_apt_is_told_of_our_folders_and_of_the_machines_network_only(double: Path, tmp_path: Path) -> None:
    await PrivateApt(State.open(tmp_path / "s"), QUIET).unpacked(TEA)
    told = (double / "apt.conf").read_text()
    assert 'Acquire::http::Proxy "http://proxy.test";' in told
    assert "Post-Invoke" not in told
    folders = [line for line in told.splitlines() if line.startswith("Dir::")]
    assert folders
    assert all(str(tmp_path / "s") in line for line in folders)


async def test_a_second_time_asks_nobody(double: Path, tmp_path: Path) -> None:
    apt = PrivateApt(State.open(tmp_path / "s"), QUIET)
    await apt.unpacked(TEA)
    before = calls(double)
    await apt.unpacked(TEA)
    assert calls(double) == before


async def test_another_state_folder_takes_it_from_the_cache_without_a_network(double: Path, tmp_path: Path) -> None:
    await PrivateApt(State.open(tmp_path / "s", tmp_path / "c"), QUIET).unpacked(TEA)
    (double / "offline").touch()
    prefix = await PrivateApt(State.open(tmp_path / "other", tmp_path / "c"), QUIET).unpacked(TEA)
    assert (prefix / "usr/bin/tea").is_file()


async def test_a_changed_file_in_the_cache_is_not_believed(double: Path, tmp_path: Path) -> None:
    await PrivateApt(State.open(tmp_path / "s", tmp_path / "c"), QUIET).unpacked(TEA)
    (tmp_path / "c/archives/tea_1_all.deb").write_bytes(b"not tea")
    (double / "offline").touch()
    with pytest.raises(SandboxError, match="could not be reached"):
        await PrivateApt(State.open(tmp_path / "other", tmp_path / "c"), QUIET).unpacked(TEA)


async def test_the_manifest_names_every_package_with_its_checksum(double: Path, tmp_path: Path) -> None:
    state = State.open(tmp_path / "s")
    await PrivateApt(state, QUIET).unpacked(TEA)
    (manifest,) = state.cache.glob("tea-*.json")
    (row,) = json.loads(manifest.read_text())["packages"]
    assert row["name"] == "tea_1_all.deb"
    assert len(row["sha256"]) == 64


async def test_no_network_is_one_sentence_with_apts_reason(double: Path, tmp_path: Path) -> None:
    (double / "offline").touch()
    with pytest.raises(SandboxError, match=r"tea cannot be fetched: .* check the network .*Temporary failure"):
        await PrivateApt(State.open(tmp_path / "s"), QUIET).unpacked(TEA)


async def test_no_mirror_says_how_to_name_one(double: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CTI_DEBIAN_MIRROR")
    with pytest.raises(SandboxError, match=r"install tea, or name a mirror in .* CTI_DEBIAN_MIRROR"):
        await PrivateApt(State.open(tmp_path / "s"), QUIET).unpacked(TEA)


async def test_sources_of_other_makers_stay_out(double: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CTI_DEBIAN_MIRROR")
    codename = await codename_of_this_machine()
    (double / "targets").write_text(f"http://own.test/debian/|{codename}|main\nhttp://other.test/|nodistro|main\n")
    state = State.open(tmp_path / "s")
    await PrivateApt(state, QUIET).unpacked(Selection("tea", ("tea",), alone=True))
    (line,) = (state.root / "apt/tea/sources.list").read_text().splitlines()
    assert line.endswith(f"http://own.test/debian/ {codename} main")


async def codename_of_this_machine() -> str:
    lines = Path("/etc/os-release").read_text().splitlines()  # noqa: ASYNC240
    return next((line.partition("=")[2] for line in lines if line.startswith("VERSION_CODENAME=")), "stable")


async def test_no_apt_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="not on this machine; install the package"):
        await PrivateApt(State.open(tmp_path / "s"), QUIET).unpacked(TEA)
