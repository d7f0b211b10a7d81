"""A Chromium that shows Chinese: the machine's own, else the package of the machine's own suite, unpacked privately."""

import re
import shlex
import shutil
from pathlib import Path

from cti_server.sandbox.apt import PrivateApt, Selection
from cti_server.sandbox.process import last_words, run
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.state import SandboxError, State, write_private

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Small (2 MB) and has every sign that the consoles use; the big family is 60 MB.
FONT_PACKAGE = "fonts-wqy-microhei"
FONT = "WenQuanYi Micro Hei"
LIBRARIES = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}


async def find_chromium(
    state: State, progress: Progress, *, fetch: bool | None = None, apt: PrivateApt | None = None
) -> Path:
    """A program for playwright's `executable_path`; fetched when the machine has none.

    `fetch` True or False allows only one of the two ways. Raises SandboxError with what to install.
    """
    browser = None if fetch else next((found for name in NAMES if (found := shutil.which(name))), None)
    chinese = await _has_chinese_font() and not fetch
    if browser and chinese:
        return Path(browser)
    if fetch is False:
        what = (
            "Chromium; install the package chromium"
            if not browser
            else f"Chinese font; install the package {FONT_PACKAGE}"
        )
        raise SandboxError(f"This machine has no {what}.")
    apt = apt or PrivateApt(state, progress)
    triplet = LIBRARIES.get(await apt.architecture())
    if triplet is None:
        raise SandboxError("No Chromium can be fetched for this machine's architecture; install the package chromium.")
    fonts = await apt.unpacked(Selection("chinese-font", (FONT_PACKAGE,), alone=True))
    if browser:
        return await _wrapper(state.folder("chromium"), Path(browser), None, triplet, fonts)
    prefix = await apt.unpacked(Selection("chromium", ("chromium",), on_top=True))
    program = prefix / "usr/lib/chromium/chromium"
    if not program.is_file():
        raise SandboxError(
            "Debian's chromium package holds no usr/lib/chromium/chromium; install chromium on this machine."
        )
    return await _wrapper(state.folder("chromium"), program, prefix, triplet, fonts)


async def _has_chinese_font() -> bool:
    lister = shutil.which("fc-list")
    return lister is not None and bool((await run([lister, ":lang=zh-cn", "family"], limit=30)).out.strip())


async def _wrapper(home: Path, program: Path, prefix: Path | None, triplet: str, fonts: Path) -> Path:
    """A script that starts the program with the private libraries and fonts; tried once."""
    folders = [fonts / "usr/share/fonts", *([prefix / "usr/share/fonts"] if prefix else []), Path("/usr/share/fonts")]
    directories = "\n".join(f"  <dir>{folder}</dir>" for folder in folders)
    config = home / "fonts.conf"
    # The machine's own rules where it has any; after them the folders, for a rule may reset those.
    text = f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/conf.d</include>
{directories}
  <cachedir>{home}/font-cache</cachedir>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family><family>{FONT}</family></prefer></alias>
  <alias><family>serif</family><prefer><family>DejaVu Serif</family><family>{FONT}</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family><family>{FONT}</family></prefer></alias>
</fontconfig>
"""
    write_private(config, text)
    lines = ["#!/bin/sh", f"export FONTCONFIG_FILE={shlex.quote(str(config))}"]
    if prefix is not None:
        libraries = ":".join(map(str, _library_folders(prefix, triplet)))
        lines.append(f'export LD_LIBRARY_PATH={shlex.quote(libraries)}"${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"')
    lines.append(f'exec {shlex.quote(str(program))} "$@"')
    wrapper = home / "chromium"
    write_private(wrapper, "\n".join(lines) + "\n", 0o700)
    said = await run([wrapper, "--version", "--no-sandbox"], limit=60)
    if not re.search(r"\d+\.\d+", said.out):
        raise SandboxError(
            f"The fetched Chromium does not run here ({last_words(said.err, 1)}); install the package chromium."
        )
    return wrapper


def _library_folders(prefix: Path, triplet: str) -> list[Path]:
    """Where its libraries are; some (pulseaudio's) stand in a folder of their own, known by a path fixed at build."""
    base = prefix / "usr/lib" / triplet
    inner = sorted(folder for folder in base.iterdir() if folder.is_dir() and any(folder.glob("lib*.so*")))
    return [base, *inner, prefix / "usr/lib"]
