"""Copy the consoles' few libraries from node_modules into this folder, or check what lies here.

    python3 vendor.py           after `npm ci` in the folder above: copy, rewrite imports, write checksums
    python3 vendor.py --check   without network: every file is there, unchanged, and nothing else is

The browser gets these files as they are. Bare imports ("preact") are rewritten to relative ones, because the pages'
content security policy has no room for an inline import map. Nothing else is changed; source-map comments are dropped.
"""

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = HERE.parent / "node_modules"
RECORD = HERE / "checksums.json"
FILES = {
    "preact.js": ("preact", "dist/preact.mjs"),
    "preact-hooks.js": ("preact", "hooks/dist/hooks.mjs"),
    "signals-core.js": ("@preact/signals-core", "dist/signals-core.mjs"),
    "signals.js": ("@preact/signals", "dist/signals.mjs"),
    "htm.js": ("htm", "dist/htm.mjs"),
}
REWRITES = {
    "preact": "./preact.js",
    "preact/hooks": "./preact-hooks.js",
    "@preact/signals-core": "./signals-core.js",
}
_IMPORT = re.compile(r'(from\s*|import\s*)"([^".][^"]*)"')
_SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=.*\n?")


def rewritten(text: str) -> str:
    """The library's text with bare imports made relative. Raises SystemExit on an import that is not known."""

    def relative(match: re.Match[str]) -> str:
        if match[2] not in REWRITES:
            raise SystemExit(f"a vendored file imports {match[2]!r}, which is not vendored")
        return f'{match[1]}"{REWRITES[match[2]]}"'

    return _SOURCE_MAP.sub("\n", _IMPORT.sub(relative, text))


def copy() -> None:
    """Fill this folder and write the record."""
    record = {}
    for name, (package, path) in FILES.items():
        meta = json.loads((PACKAGES / package / "package.json").read_text("utf-8"))
        origin = (PACKAGES / package / path).read_bytes()
        text = rewritten(origin.decode("utf-8")).encode()
        (HERE / name).write_bytes(text)
        record[name] = {
            "package": package,
            "path": path,
            "version": meta["version"],
            "licence": meta["license"],
            "sha256_of_origin": hashlib.sha256(origin).hexdigest(),
            "sha256": hashlib.sha256(text).hexdigest(),
        }
    RECORD.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


def faults() -> list[str]:
    """What is wrong in this folder, a sentence each."""
    record = json.loads(RECORD.read_text("utf-8"))
    found = [f"{path.name} is in no record" for path in HERE.glob("*.js") if path.name not in record]
    found += [f"{name} is not in the record" for name in FILES if name not in record]
    for name, entry in record.items():
        path = HERE / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            found.append(f"{name} is not the file that was vendored from {entry['package']} {entry['version']}")
        origin = PACKAGES / entry["package"] / entry["path"]
        if origin.is_file() and hashlib.sha256(origin.read_bytes()).hexdigest() != entry["sha256_of_origin"]:
            found.append(f"{name}: node_modules holds another version of {entry['package']}")
    return found


def main() -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="check only")
    if not parser.parse_args().check:
        copy()
    found = faults()
    sys.stdout.write("\n".join(found) + "\n" if found else f"vendored files: {len(FILES)} right\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
