"""The rules of the house, kept by looking at the code (docs/design.md says why)."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.project import PACKAGES, ROOT, files, imports, modules, tree, typing_only

MAX_FILE_LINES = 350
MAX_FUNCTION_LINES = 60

BELOW = {"bot": ("storage", "feeds"), "storage": ("feeds",), "feeds": ()}
"""Imports go bot → storage → feeds, never back."""

PLACES = {
    "telegram": ("bot/messengers/telegram/",),
    "sqlalchemy": ("storage/",),
    "alembic": ("storage/",),
    "aiosqlite": ("storage/",),
    "asyncpg": ("storage/",),
    "apscheduler": ("bot/clock.py",),
    "yaml": ("bot/config/",),
    "pydantic": ("bot/config/",),
    "pydantic_settings": ("bot/config/",),
    "feedparser": ("feeds/parse.py",),
    "trafilatura": ("feeds/extract.py",),
    "pebble": ("feeds/sandbox.py",),
    "protego": ("feeds/robots.py",),
    "selectolax": ("feeds/pagerules.py",),
    "tldextract": ("feeds/sites.py",),
    "aiohttp": ("feeds/", "bot/messengers/", "bot/demo/", "bot/web.py"),
    "typer": ("bot/cli/",),
    "rich": ("bot/cli/", "bot/messengers/console/"),
    "prompt_toolkit": ("bot/messengers/console/",),
}
"""The only files that may import a library, so that it can be replaced in one place."""

ALLOWED_ELSEWHERE = {
    ("bot", "sqlalchemy.ext.asyncio", "AsyncEngine"),
    ("bot", "sqlalchemy.ext.asyncio", "AsyncConnection"),
}
"""`(package, module, name)`: bot passes connections on and has to name their type."""

TOP_LEVEL = {
    *(".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "benchmarks", "bot"),
    *("config.example.yaml", "docs", "feeds", "pyproject.toml", "storage", "tests"),
}

HEAVY = ("feedparser", "trafilatura", "dateparser", "telegram", "alembic", "selectolax")
"""What the running service must not carry all the time: it is used in the child process or now and then."""


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_walk_sees_the_modules() -> None:
    assert {"bot.config.load", "feeds.types", "storage.tables"} <= modules().keys()


def test_imports_go_down_only() -> None:
    wrong = []
    for path in modules().values():
        package = relative(path).partition("/")[0]
        for module, _ in imports(path):
            root = module.partition(".")[0]
            if root in {*PACKAGES, "tests", "benchmarks"} - {package, *BELOW[package]}:
                wrong.append(f"{relative(path)} imports {module}")
    assert wrong == []


@pytest.mark.parametrize("library", PLACES)
def test_a_library_is_imported_in_its_place_only(library: str) -> None:
    wrong = []
    for path in modules().values():
        package = relative(path).partition("/")[0]
        for module, name in imports(path):
            if module.partition(".")[0] != library or relative(path).startswith(PLACES[library]):
                continue
            if (package, module, name) not in ALLOWED_ELSEWHERE:
                wrong.append(f"{relative(path)} imports {module} {name}".rstrip())
    assert wrong == []


def test_the_demo_is_a_web_server_and_no_client() -> None:
    client = {"ClientSession", "TCPConnector", "request", "client", ""}
    wrong = [
        f"{relative(path)} imports {module} {name}"
        for path in modules().values()
        if relative(path).startswith("bot/demo/")
        for module, name in imports(path)
        if module.startswith("aiohttp.client") or (module == "aiohttp" and name in client)
    ]
    assert wrong == []


def test_the_environment_is_read_in_the_configuration_only() -> None:
    wrong = [
        relative(path)
        for path in modules().values()
        if not relative(path).startswith("bot/config/") and any(_reads_environment(tree(path)))
    ]
    assert wrong == []


def _reads_environment(module: ast.Module) -> Iterator[bool]:
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in (
            "os.environ",
            "os.getenv",
            "os.environb",
        ):
            yield True
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            yield any(each.name in ("environ", "getenv", "environb") for each in node.names)


def test_no_module_imports_itself_round_a_corner() -> None:
    edges = {name: _imported_modules(name, path) for name, path in modules().items()}
    assert _cycles(edges) == []


def _imported_modules(importer: str, path: Path) -> set[str]:
    known = modules()
    found = set()
    for module, name in set(imports(path)) - typing_only(path):
        submodule = f"{module}.{name}"
        target = submodule if submodule in known else module
        if target in known and target != importer:
            found.add(target)
    return found


def _cycles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Every way back to where one came from, found by walking depth first."""
    cycles, done = [], set()

    def walk(module: str, way: list[str]) -> None:
        if module in way:
            cycles.append([*way[way.index(module) :], module])
        elif module not in done:
            for each in sorted(edges.get(module, ())):
                walk(each, [*way, module])
            done.add(module)

    for module in sorted(edges):
        walk(module, [])
    return cycles


def test_a_cycle_would_be_found() -> None:
    assert _cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c", "a"]]


def test_the_top_level_is_what_the_design_says() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in files()} == TOP_LEVEL


def test_files_stay_readable() -> None:
    long = [
        f"{relative(path)}: {count} lines"
        for path in modules().values()
        if not _is_schema(path)
        and (count := len(path.read_text(encoding="utf-8").splitlines())) > MAX_FILE_LINES
    ]
    assert long == []


def test_functions_fit_a_screen() -> None:
    long = [
        f"{relative(path)}:{node.lineno} {node.name}: {lines} lines"
        for path in modules().values()
        if not _is_schema(path)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]
    assert long == []


def _is_schema(path: Path) -> bool:
    """A schema is a list to look things up in, not a procedure to follow."""
    return relative(path) == "storage/tables.py" or "/migrations/versions/" in relative(path)


MUTATORS = {
    "append",
    "add",
    "update",
    "clear",
    "pop",
    "popitem",
    "extend",
    "insert",
    "remove",
    "discard",
    "setdefault",
}
ORDINARY_NAMES = {"log", "__all__"}
"""Everything else at module level is a constant or a type; tables are named as in the database."""


def test_no_module_keeps_state() -> None:
    wrong = []
    for path in modules().values():
        if "/migrations/" not in relative(path):
            wrong += [f"{relative(path)}: {each}" for each in _state_of(tree(path))]
    assert wrong == []


def _state_of(module: ast.Module) -> Iterator[str]:
    names = {target.id for node in module.body for target in _targets(node) if isinstance(target, ast.Name)}
    yield from (f"the name {name} is no constant's" for name in names if not _is_constant(name))
    for node in ast.walk(module):
        if isinstance(node, ast.Global):
            yield f"line {node.lineno}: global"
        if isinstance(node, ast.Call) and (changed := _changed_by(node)) in names:
            yield f"line {node.lineno}: changes {changed}"
        for target in _targets(node):
            if (
                isinstance(target, ast.Subscript)
                and isinstance(target.value, ast.Name)
                and target.value.id in names
            ):
                yield f"line {target.lineno}: changes {target.value.id}"


def _changed_by(call: ast.Call) -> str | None:
    """The name whose changing method is called, as in `NAMES.append(…)`."""
    method = call.func
    if isinstance(method, ast.Attribute) and method.attr in MUTATORS and isinstance(method.value, ast.Name):
        return method.value.id
    return None


def _targets(node: ast.AST) -> Sequence[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign | ast.AugAssign) else []


def _is_constant(name: str) -> bool:
    """`NAME`, `_NAME`, a type's `Name` or `_Name`, or one of the ordinary names."""
    return name in ORDINARY_NAMES or name.lstrip("_")[:1].isupper() or _is_table(name)


def _is_table(name: str) -> bool:
    from storage import tables

    return name == "metadata" or name in tables.metadata.tables


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("seen = set()", ["the name seen is no constant's"]),
        ("SEEN = set()\ndef f(x):\n    SEEN.add(x)", ["line 3: changes SEEN"]),
        ("SEEN = {}\ndef f(x):\n    SEEN[x] = 1", ["line 3: changes SEEN"]),
        ("N = 0\ndef f():\n    global N\n    N += 1", ["line 3: global"]),
        ("LIMIT = 5\nNames = tuple[str, ...]\nlog = object()", []),
    ],
)
def test_state_would_be_found(code: str, found: list[str]) -> None:
    assert list(_state_of(ast.parse(code))) == found


IMPORT_EVERYTHING = """
import importlib, os, sys, threading
def held():
    links = [f"/proc/self/fd/{n}" for n in os.listdir("/proc/self/fd")]
    return {os.readlink(link) for link in links if os.path.exists(link)}
before, environ, folder, listing = held(), dict(os.environ), os.getcwd(), os.listdir()
for name in sys.argv[1:]:
    importlib.import_module(name)
import logging
print("threads", [t.name for t in threading.enumerate()])
print("files", sorted(held() - before))
print("environ", dict(os.environ) == environ)
print("folder", os.getcwd() == folder, os.listdir() == listing)
print("handlers", logging.getLogger().handlers)
"""


def test_nothing_happens_at_import_time(tmp_path: Path) -> None:
    names = [name for name in modules() if not name.startswith("storage.migrations")]

    said = _python(IMPORT_EVERYTHING, *names, cwd=tmp_path)

    assert said.splitlines() == [
        "threads ['MainThread']",
        "files []",
        "environ True",
        "folder True True",
        "handlers []",
    ]


def test_the_service_does_not_carry_what_it_seldom_needs(tmp_path: Path) -> None:
    said = _python(f"import sys, bot.app; print(*sorted(set({HEAVY!r}) & set(sys.modules)))", cwd=tmp_path)

    assert said.split() == []


def test_the_command_line_starts_without_the_service(tmp_path: Path) -> None:
    heavy = (*HEAVY, "lxml", "rich", "sqlalchemy", "aiohttp", "pydantic", "apscheduler")

    said = _python(
        f"import sys, bot.cli.app; print(*sorted(set({heavy!r}) & set(sys.modules)))", cwd=tmp_path
    )

    assert said.split() == []


def _python(code: str, *arguments: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code, *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


INSTALLING = ("Makefile", ".ci/run", ".ci/constraints.txt", ".ci/constraints-dev.txt", "pyproject.toml")
INDEX_OPTION = re.compile(r"--(?:extra-)?index|--find-links|--trusted-host|\[\[tool\.uv\.index")
MACHINE_PATH = re.compile(r"(?<![\w.:/<])/(?:home|root|Users|work|tmp)/[\w.-]+")


@pytest.mark.parametrize("name", INSTALLING)
def test_what_installs_names_no_registry(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert "://" not in text
    assert not INDEX_OPTION.search(text)


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    wrong = [
        f"{relative(path)}:{number}: {found.group()}"
        for path in files()
        for number, line in enumerate(_lines(path), 1)
        if (found := MACHINE_PATH.search(line))
    ]
    assert wrong == []


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []  # a picture, a captured page in another encoding


def test_every_package_of_the_tests_can_be_imported() -> None:
    folders = {
        path.parent for path in files() if path.suffix == ".py" and relative(path).startswith("tests/")
    }

    assert [relative(folder) for folder in folders if not (folder / "__init__.py").exists()] == []
