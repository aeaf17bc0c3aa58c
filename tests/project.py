"""The project's own files, as the tests about them see them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "feeds", "storage")
_MADE = {".venv", ".git", "var", "dist", "build", "__pycache__"}


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the project: what git would commit, or everything that is not made."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        if listed.returncode == 0:
            named = {ROOT / name for name in listed.stdout.split("\0") if name}
            return tuple(sorted(path for path in named if path.is_file()))
    return tuple(sorted(path for path in ROOT.rglob("*") if path.is_file() and _ours(path)))


def _ours(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return not any(part in _MADE or part.endswith(("_cache", ".egg-info", ".pyc")) for part in parts)


@cache
def modules() -> dict[str, Path]:
    """The product's modules: dotted name → file."""
    found = {}
    for path in files():
        relative = path.relative_to(ROOT)
        if path.suffix == ".py" and relative.parts[0] in PACKAGES:
            parts = relative.with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """`(module, name)` of every import in a file, wherever it stands; name is empty for `import module`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((each.name, "") for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from ((node.module or "", each.name) for each in node.names)


def typing_only(path: Path) -> set[tuple[str, str]]:
    """The imports under `if TYPE_CHECKING:`, which never run."""
    found: set[tuple[str, str]] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for each in ast.walk(node):
                if isinstance(each, ast.ImportFrom):
                    found |= {(each.module or "", name.name) for name in each.names}
    return found
