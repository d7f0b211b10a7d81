"""The rules of the house that no linter knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cti_server"
SOURCES = sorted(PACKAGE.rglob("*.py"))
EVERYTHING = sorted([*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")])

LONGEST_FILE = 600
LONGEST_FUNCTION = 80
MOST_DOORS = 15

# Files without a test file of their own name, and where they are tested instead.
TESTED_ELSEWHERE = {
    "cti_server/__main__.py": "tests/test_cli.py",
    "cti_server/assembly/front.py": "tests/test_app.py",
    "cti_server/assembly/ground.py": "tests/test_app.py",
    "cti_server/assembly/works.py": "tests/test_app.py",
    "cti_server/check_dialplan.py": "tests/test_check.py",
    "cti_server/core/errors.py": "tests/core/web",
    "cti_server/core/auth/sessions.py": "tests/core/auth/test_service.py",
    "cti_server/calls/control/desk.py": "tests/calls/control/test_hold.py",
    "cti_server/calls/control/dialling.py": "tests/calls/control/test_dial.py",
    "cti_server/calls/control/shown.py": "tests/calls/control/test_telling.py",
    "cti_server/calls/control/switchboard.py": "tests/calls/control/test_faults.py",
    "cti_server/calls/control/targets.py": "tests/calls/control/test_transfer.py",
    "cti_server/calls/control/watching.py": "tests/calls/control/test_orphans.py",
    "cti_server/recording/qa/assignment/api.py": "tests/recording/qa/test_api.py",
    "cti_server/recording/qa/assignment/service.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/assignment/store.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/calibration/api.py": "tests/recording/qa/test_api.py",
    "cti_server/recording/qa/calibration/model.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/calibration/service.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/calibration/store.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/disputes/api.py": "tests/recording/qa/test_api.py",
    "cti_server/recording/qa/disputes/model.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/disputes/service.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/disputes/store.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/forms/api.py": "tests/recording/qa/test_api.py",
    "cti_server/recording/qa/forms/service.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/forms/store.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/reports/api.py": "tests/recording/qa/test_api.py",
    "cti_server/recording/qa/reports/model.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/reports/service.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/reports/store.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/scoring/api.py": "tests/recording/qa/test_api.py",
    "cti_server/recording/qa/scoring/model.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/scoring/service.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/scoring/store.py": "tests/recording/qa/test_day.py",
    "cti_server/recording/qa/service.py": "tests/recording/qa/test_day.py",
    "cti_server/routing/figures/api.py": "tests/sandbox/scenarios/test_ivr.py",
    "cti_server/routing/figures/model.py": "tests/routing/publishing/test_service.py",
    "cti_server/routing/figures/service.py": "tests/routing/publishing/test_service.py",
    "cti_server/routing/figures/store.py": "tests/routing/publishing/test_service.py",
    "cti_server/routing/named/api.py": "tests/sandbox/scenarios/test_ivr.py",
    "cti_server/routing/named/model.py": "tests/routing/publishing/test_service.py",
    "cti_server/routing/named/service.py": "tests/routing/publishing/test_service.py",
    "cti_server/routing/named/store.py": "tests/routing/publishing/test_service.py",
    "cti_server/routing/publishing/store.py": "tests/routing/publishing/test_service.py",
    "cti_server/routing/agi/message_door.py": "tests/routing/test_work.py",
    "cti_server/routing/callbacks/api.py": "tests/routing/test_work.py",
    "cti_server/routing/callbacks/store.py": "tests/routing/callbacks/test_service.py",
    "cti_server/routing/survey/api.py": "tests/routing/test_work.py",
    "cti_server/routing/survey/store.py": "tests/routing/survey/test_service.py",
    "cti_server/routing/voicemail/api.py": "tests/routing/test_work.py",
    "cti_server/routing/voicemail/store.py": "tests/routing/voicemail/test_service.py",
    "cti_server/routing/service.py": "tests/routing/publishing/office.py",
    "cti_server/sandbox/stage/flow.py": "tests/routing/flows/test_check.py",
    "cti_server/routing/agi/model.py": "tests/routing/agi/line.py",
    "cti_server/routing/flows/deciding.py": "tests/routing/flows/test_engine.py",
    "cti_server/routing/flows/doing.py": "tests/routing/flows/test_engine.py",
    "cti_server/routing/flows/asking.py": "tests/routing/flows/test_document.py",
    "cti_server/routing/flows/handing.py": "tests/routing/flows/test_document.py",
    "cti_server/routing/flows/nodes.py": "tests/routing/flows/test_document.py",
    "cti_server/routing/flows/speech.py": "tests/routing/flows/test_document.py",
    "cti_server/routing/flows/words.py": "tests/routing/flows/test_document.py",
    "cti_server/calls/forgetting/service.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/calls/forgetting/store.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/queues/lost/forgetting/service.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/queues/lost/forgetting/store.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/monitoring/forgetting/service.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/monitoring/forgetting/store.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/agents/help/forgetting/service.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/agents/help/forgetting/store.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/business/customers/forgetting/service.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/business/customers/forgetting/store.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/routing/forgetting/service.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/routing/forgetting/store.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/recording/forgetting/service.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/recording/forgetting/store.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/recording/qa/forgetting/service.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/recording/qa/forgetting/store.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/recording/forgetting/model.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/core/erasing/service.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/core/erasing/store.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/assembly/erasing.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/business/erasure/store.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/business/erasure/ground.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/business/erasure/api.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/business/erasure/service.py": "tests/business/erasure/test_everywhere.py",
    "cti_server/recording/saved/api.py": "tests/recording/saved/test_service.py",
    "cti_server/recording/saved/store.py": "tests/recording/saved/test_service.py",
    "cti_server/recording/forecast/api.py": "tests/recording/forecast/test_service.py",
    "cti_server/recording/forecast/store.py": "tests/recording/forecast/test_service.py",
    "cti_server/live/words.py": "tests/live",
    "cti_server/sandbox/stage/own_phone.py": "tests/sandbox/scenarios/test_act.py",
    "cti_server/live/views.py": "tests/live",
    "cti_server/live/changes.py": "tests/live",
    "cti_server/live/facts.py": "tests/live",
}
SQL = re.compile(r"\b(select|insert\s+into|update|delete\s+from)\b[\s\S]+\b(from|values|set|where)\b", re.IGNORECASE)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def texts(path: Path) -> Iterator[str]:
    module = tree(path)
    docstrings = {
        ast.get_docstring(node, clean=False)
        for node in ast.walk(module)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docstrings:
            yield node.value


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def offenders(wrong: Iterator[str]) -> None:
    found = sorted(set(wrong))
    assert not found, "\n" + "\n".join(found)


def test_files_are_short() -> None:
    offenders(
        f"{relative(path)}: {lines} lines"
        for path in EVERYTHING
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    )


def test_functions_are_short() -> None:
    offenders(
        f"{relative(path)}:{node.lineno} {node.name}: {length} lines"
        for path in SOURCES
        for node in functions(path)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    )


def test_folders_have_few_doors() -> None:
    folders = {path.parent for path in SOURCES}
    offenders(
        f"{relative(folder)}: {count} files"
        for folder in folders
        if (count := sum(1 for path in folder.glob("*.py") if path.name != "__init__.py")) > MOST_DOORS
    )


def test_no_bag_modules() -> None:
    bags = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    offenders(relative(path) for path in SOURCES if path.stem in bags)


def test_every_package_says_what_it_is_for_and_imports_nothing() -> None:
    for path in SOURCES:
        if path.name == "__init__.py":
            module = tree(path)
            assert ast.get_docstring(module), f"{relative(path)} has no docstring"
            assert not list(imports(path)), f"{relative(path)} imports something"


def test_sql_stands_in_stores_only() -> None:
    allowed = re.compile(r"cti_server/(.*/)?store\.py|cti_server/core/(storage|journal)/.*|cti_server/core/journal\.py")
    offenders(
        f"{relative(path)}: {text[:60]!r}"
        for path in SOURCES
        if not allowed.fullmatch(relative(path)) and not relative(path).startswith("cti_server/sandbox/")
        for text in texts(path)
        if SQL.search(text)
    )


def test_only_constants_of_the_file_are_put_into_sql() -> None:
    """Values go as parameters; an f-string may only hold names in capitals (lists of columns and the like)."""
    for path in SOURCES:
        if path.name != "store.py":
            continue
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.JoinedStr):
                continue
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    name = ast.unparse(part.value)
                    assert re.fullmatch(r"_?[A-Z][A-Z_]*", name), f"{relative(path)}:{node.lineno} puts {name} into SQL"


def test_each_library_has_one_owner() -> None:
    owners = {
        "panoramisk": r"cti_server/ami/.*",
        "asyncpg": r"cti_server/core/(storage/.*|journal\.py)|cti_server/(.*/)?store\.py|cti_server/sandbox/.*",
        "aiohttp": r"cti_server/core/web/.*|cti_server/(.*/)?api\.py|cti_server/sandbox/.*",
        "websockets": r"cti_server/core/push/.*|cti_server/core/web/front_door\.py|cti_server/sandbox/.*",
        # Recordings and prompts are handled in processes of their own; neither room may import the other.
        "pydub": r"cti_server/(recording|routing/prompts)/audio\.py",
        "miniaudio": r"cti_server/(routing/prompts/audio|recording/transcripts/worker|sandbox/phones/ear)\.py",
        "pocketsphinx": r"cti_server/recording/transcripts/sphinx\.py",
        "phonenumbers": r"cti_server/business/customers/.*",
    }
    offenders(
        f"{relative(path)} imports {name}"
        for path in SOURCES
        for name in imports(path)
        if (owner := owners.get(name.split(".")[0])) and not re.fullmatch(owner, relative(path))
    )


def test_tasks_begin_in_one_place() -> None:
    starts = re.compile(r"\b(create_task|ensure_future|TaskGroup)\(")
    offenders(
        relative(path)
        for path in SOURCES
        if starts.search(path.read_text(encoding="utf-8")) and relative(path) != "cti_server/core/tasks.py"
    )


def test_migrations_are_numbered_and_carry_their_room() -> None:
    names = sorted(path.name for path in (PACKAGE / "migrations").glob("*.sql"))
    numbers = [name[:4] for name in names]
    assert len(set(numbers)) == len(numbers), f"a number is used twice: {names}"
    offenders(name for name in names if not re.fullmatch(r"\d{4}_[a-z]+(_[a-z0-9]+)*\.sql", name))


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name != "__init__.py"], ids=relative)
def test_each_file_has_its_test(path: Path) -> None:
    inside = path.relative_to(PACKAGE)
    folder = ROOT / "tests" / inside.parent
    if relative(path) in TESTED_ELSEWHERE:
        assert (ROOT / TESTED_ELSEWHERE[relative(path)]).exists()
        return
    room_tests = list(folder.glob("test_*.py"))
    assert any(
        inside.stem in test.stem or f".{inside.stem}" in test.read_text(encoding="utf-8") for test in room_tests
    ), f"no test in {relative(folder)} is named after or imports {inside}"


def test_no_path_of_a_machine_and_no_registry_is_named() -> None:
    wrong = re.compile(r"(?<![A-Za-z0-9_.])/(work|farm|root)/|pypi\.org|registry\.npmjs|deb\.debian\.org")
    names = ["*.py", "*.js", "*.md", "*.toml", "*.json", "*.txt", "*.conf", "*.sh", "run"]
    files = [
        path
        for name in names
        for path in ROOT.rglob(name)
        if not {".state", ".git", "node_modules", "vendor", "talks"} & set(path.relative_to(ROOT).parts)
        and not relative(path).startswith(".")
    ]
    offenders(
        f"{relative(path)}: {found.group(0)}"
        for path in files
        if path.name != "test_house.py" and (found := wrong.search(path.read_text(encoding="utf-8", errors="replace")))
    )
