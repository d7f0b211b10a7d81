"""An installed server has every page of the consoles, and every folder that they load from."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_LOADED = {"tests"}


def test_the_wheel_holds_every_page_and_what_it_loads() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    held = set(told["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"])
    console = ROOT / "agent_console"
    pages = {f"agent_console/{page.name}" for page in console.glob("*.html")}
    folders = {
        f"agent_console/{folder.name}"
        for folder in console.iterdir()
        if (folder.is_dir() and folder.name not in NOT_LOADED and any(folder.glob("**/*.js")))
        or folder.name == "styles"
    }
    assert pages - held == set()
    assert folders - held == set()
