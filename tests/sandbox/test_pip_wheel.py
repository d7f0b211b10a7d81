"""pip for a Python that has none."""

import subprocess
import sys
from pathlib import Path

import pytest

from cti_server.sandbox import pip_wheel
from cti_server.sandbox.apt import PrivateApt, Selection
from cti_server.sandbox.pip_wheel import fetch_pip
from cti_server.sandbox.progress import QUIET
from cti_server.sandbox.state import SandboxError, State, repository


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "prefix"

    async def unpacked(_apt: PrivateApt, selection: Selection) -> Path:
        (root / "asked").mkdir(parents=True, exist_ok=True)
        (root / "asked" / selection.packages[0]).touch()
        return root

    monkeypatch.setattr(PrivateApt, "unpacked", unpacked)
    (root / "usr/share/python-wheels").mkdir(parents=True)
    (root / "usr/share/ca-certificates/mozilla").mkdir(parents=True)
    for name in ("a", "b"):
        (root / f"usr/share/ca-certificates/mozilla/{name}.crt").write_text(f"certificate {name}")
    return root


async def test_the_wheel_of_the_package_is_found(tmp_path: Path, prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = prefix / "usr/share/python-wheels/pip-23.0.1-py3-none-any.whl"
    wheel.touch()
    monkeypatch.setattr(pip_wheel, "machine_has_certificates", lambda: True)
    assert await fetch_pip(State.open(tmp_path / "s"), QUIET) == wheel
    assert not (prefix / "asked/ca-certificates").exists()


async def test_certificates_are_joined_where_the_machine_has_none(
    tmp_path: Path, prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (prefix / "usr/share/python-wheels/pip-23.0.1-py3-none-any.whl").touch()
    monkeypatch.setattr(pip_wheel, "machine_has_certificates", lambda: False)
    state = State.open(tmp_path / "s")
    await fetch_pip(state, QUIET)
    assert (state.root / "pip/certificates.pem").read_text() == "certificate a\ncertificate b"


async def test_a_package_without_a_wheel_says_what_to_install(tmp_path: Path, prefix: Path) -> None:
    with pytest.raises(SandboxError, match="install the package python3-venv"):
        await fetch_pip(State.open(tmp_path / "s"), QUIET)


def test_it_needs_the_standard_library_only() -> None:
    code = "import sys; import cti_server.sandbox.pip_wheel; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    bare = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=repository(), capture_output=True, text=True, check=True, timeout=30
    )
    assert set(bare.stdout.split()) - {"cti_server", "__main__"} <= set(sys.stdlib_module_names)
