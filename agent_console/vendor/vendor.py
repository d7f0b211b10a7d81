"""Copy the consoles' few libraries from node_modules into this folder, or check what lies here.

    python3 vendor.py           after `npm ci` in the folder above: copy, rewrite imports, write checksums
    python3 vendor.py --check   without network: every file is there, unchanged, and nothing else is

The browser gets these files as they are. Bare imports ("preact") are rewritten to relative ones, because the pages'
content security policy has no room for an inline import map. Nothing else is changed; source-map comments are dropped.

One library (JsSIP) is published as parts for Node only: it is put together in one pass of esbuild, whose version is
pinned in package.json. The same input gives the same file, so the checksums hold here too.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
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
    "dagre.js": ("@dagrejs/dagre", "dist/dagre.esm.js"),
}
REWRITES = {
    "preact": "./preact.js",
    "preact/hooks": "./preact-hooks.js",
    "@preact/signals-core": "./signals-core.js",
}
_IMPORT = re.compile(r'(from\s*|import\s*)"([^".][^"]*)"')
_SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=.*\n?")
# What our content security policy forbids and an older browser would do silently.
_FORBIDDEN = re.compile(r"\beval\s*\(|new Function\b|\bFunction\s*\(")


@dataclass(frozen=True)
class Bundle:
    """A library of several packages in one file. `names` are what it exports of `package`."""

    package: str
    path: str
    names: tuple[str, ...]
    parts: tuple[str, ...]


BUNDLES = {
    "jssip.js": Bundle(
        "jssip",
        "lib/JsSIP.js",
        ("UA", "WebSocketInterface", "C", "debug"),
        ("debug", "events", "ms", "sdp-transform"),
    ),
}


def rewritten(text: str) -> str:
    """The library's text with bare imports made relative. Raises SystemExit on an import that is not known."""

    def relative(match: re.Match[str]) -> str:
        if match[2] not in REWRITES:
            raise SystemExit(f"a vendored file imports {match[2]!r}, which is not vendored")
        return f'{match[1]}"{REWRITES[match[2]]}"'

    return _SOURCE_MAP.sub("\n", _IMPORT.sub(relative, text))


def meta(package: str) -> dict[str, str]:
    """Version and licence of a package as it says itself."""
    return json.loads((PACKAGES / package / "package.json").read_text("utf-8"))


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def copy() -> None:
    """Fill this folder and write the record."""
    record = {}
    for name, (package, path) in FILES.items():
        said = meta(package)
        origin = (PACKAGES / package / path).read_bytes()
        text = rewritten(origin.decode("utf-8")).encode()
        (HERE / name).write_bytes(text)
        record[name] = {
            "package": package,
            "path": path,
            "version": said["version"],
            "licence": said["license"],
            "sha256_of_origin": digest(origin),
            "sha256": digest(text),
        }
    for name, bundle in BUNDLES.items():
        record[name] = bundled(name, bundle)
    RECORD.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


def bundled(name: str, bundle: Bundle) -> dict[str, object]:
    """Make the file of a bundle; its record. Raises SystemExit when it holds what the pages' policy forbids."""
    said = meta(bundle.package)
    parts = {part: {"version": meta(part)["version"], "licence": meta(part)["license"]} for part in bundle.parts}
    told = ", ".join(f"{part} {entry['version']} ({entry['licence']})" for part, entry in parts.items())
    banner = f"/* {bundle.package} {said['version']} ({said['license']}), with {told} */"
    flags = ["--bundle", "--format=esm", "--platform=browser", "--target=es2022", "--minify", "--charset=utf8"]
    flags += ["--legal-comments=none", f"--banner:js={banner}"]
    entry = f'export {{ {", ".join(bundle.names)} }} from "{bundle.package}";'
    with tempfile.TemporaryDirectory() as folder:
        made, told_inputs = Path(folder) / name, Path(folder) / "meta.json"
        command = [str(PACKAGES / ".bin" / "esbuild"), *flags, f"--outfile={made}", f"--metafile={told_inputs}"]
        done = subprocess.run(
            command, input=entry.encode(), cwd=HERE.parent, capture_output=True, check=False, timeout=60
        )
        if done.returncode:
            raise SystemExit(f"esbuild failed: {done.stderr.decode(errors='replace')[:800]}")
        data = made.read_bytes()
        files = sorted(one for one in json.loads(told_inputs.read_bytes())["inputs"] if one.startswith("node_modules/"))
    if _FORBIDDEN.search(data.decode()):
        raise SystemExit(f"{name} makes code from text, which the pages' policy forbids")
    (HERE / name).write_bytes(data)
    return {
        "package": bundle.package,
        "path": bundle.path,
        "version": said["version"],
        "licence": said["license"],
        "bundled_by": f"esbuild {meta('esbuild')['version']} {' '.join(flags[:-1])}",
        "parts": parts,
        "files": files,
        "sha256_of_origin": digest_of_all(files),
        "sha256": digest(data),
    }


def digest_of_all(files: list[str]) -> str:
    """One checksum over the checksums of these files below the consoles' folder."""
    return digest("\n".join(f"{digest((HERE.parent / one).read_bytes())} {one}" for one in files).encode())


def faults() -> list[str]:
    """What is wrong in this folder, a sentence each."""
    record = json.loads(RECORD.read_text("utf-8"))
    found = [f"{path.name} is in no record" for path in HERE.glob("*.js") if path.name not in record]
    found += [f"{name} is not in the record" for name in (*FILES, *BUNDLES) if name not in record]
    for name, entry in record.items():
        path = HERE / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif digest(path.read_bytes()) != entry["sha256"]:
            found.append(f"{name} is not the file that was vendored from {entry['package']} {entry['version']}")
        if origin_differs(entry):
            found.append(f"{name}: node_modules holds another version of {entry['package']}")
    return found


def origin_differs(entry: dict[str, object]) -> bool:
    """Whether node_modules has the library, but not the one that was vendored."""
    files = entry.get("files")
    if isinstance(files, list):
        return all((HERE.parent / one).is_file() for one in files) and digest_of_all(files) != entry["sha256_of_origin"]
    origin = PACKAGES / str(entry["package"]) / str(entry["path"])
    return origin.is_file() and digest(origin.read_bytes()) != entry["sha256_of_origin"]


def main() -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="check only")
    if not parser.parse_args().check:
        copy()
    found = faults()
    sys.stdout.write("\n".join(found) + "\n" if found else f"vendored files: {len(FILES) + len(BUNDLES)} right\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
