"""Packaging, pins and the two commands every task goes through."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.i18n import LANGUAGES
from tests.project import PACKAGES, ROOT, files

CONSTRAINTS = (".ci/constraints.txt", ".ci/constraints-dev.txt")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names inside the wheel that the build backend makes of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (file,) = folder.glob("loa-*.whl")
    with zipfile.ZipFile(file) as archive:
        return archive.namelist()


def test_the_wheel_has_every_file_of_the_packages(wheel: list[str]) -> None:
    ours = {path.relative_to(ROOT).as_posix() for path in files()}
    wanted = {name for name in ours if name.partition("/")[0] in PACKAGES}

    assert sorted(wanted - set(wheel)) == []


def test_the_wheel_has_what_is_not_python(wheel: list[str]) -> None:
    assert "bot/locales/vi/LC_MESSAGES/loa.po" in wheel
    assert any(name.startswith("storage/migrations/versions/") for name in wheel)
    assert any(re.fullmatch(r"bot/demo/articles/.+\.(?!py)\w+", name) for name in wheel)


def test_the_wheel_has_nothing_else(wheel: list[str]) -> None:
    folders = {name.partition("/")[0] for name in wheel}

    assert {folder for folder in folders if not folder.endswith(".dist-info")} == set(PACKAGES)
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel)
    assert [name for name in wheel if name.endswith(".pyc") or "__pycache__" in name] == []


def test_every_language_has_its_catalogue() -> None:
    for language in LANGUAGES:
        if language != "en":  # English sentences are the keys
            assert (ROOT / f"bot/locales/{language}/LC_MESSAGES/loa.po").is_file()


def pins(name: str) -> dict[str, str]:
    """Package → version, for the lines of a constraints file."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9.-]*)==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_every_package_is_pinned_with_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", text.strip())

    assert len(entries) > 30
    assert [entry.split()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_the_tools_are_pinned_beside_the_same_versions() -> None:
    running, checking = (pins(name) for name in CONSTRAINTS)

    assert running.items() <= checking.items()
    assert "pytest" not in running
    assert {"pytest", "mypy", "ruff", "hypothesis"} <= checking.keys()


def test_what_is_declared_is_pinned_to_an_allowed_version() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    running, checking = (pins(name) for name in CONSTRAINTS)

    for requirement in map(Requirement, declared["project"]["dependencies"]):
        assert running[canonicalize_name(requirement.name)] in requirement.specifier, requirement
    for group in declared["dependency-groups"].values():
        for requirement in map(Requirement, group):
            assert checking[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_the_build_backend_is_pinned_too() -> None:
    # Without build isolation nothing else brings it.
    assert all("hatchling" in pins(name) for name in CONSTRAINTS)


def test_make_alone_lists_every_task() -> None:
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)

    shown = re.findall(r"^make ([a-z]+) ", done.stdout, re.MULTILINE)
    assert {"install", "demo", "test", "bench", "constraints", "clean"} <= set(shown)
    phony = re.search(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony is not None
    assert set(shown) == set(phony[1].split())


def test_make_refuses_to_work_without_a_python(tmp_path: Path) -> None:
    folder = bare_copy(tmp_path)
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("sh", "bash", "make", "echo", "rm", "touch"):
        (tools / tool).symlink_to(subprocess.check_output(["which", tool], text=True).strip())

    done = make(folder, "install", PATH=str(tools))

    assert done.returncode != 0
    assert "Loa needs Python 3.11 or newer" in done.stderr


def test_make_says_so_when_python_cannot_make_environments(tmp_path: Path) -> None:
    # Debian's python3 without python3-venv: the module ensurepip is missing.
    folder = bare_copy(tmp_path)
    python = tmp_path / "python3"
    python.write_text(
        f'#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"\n', encoding="utf-8"
    )
    python.chmod(0o755)

    done = make(folder, "install", f"PYTHON={python}")

    assert done.returncode != 0
    assert "apt install python3-venv" in done.stderr
    assert not (folder / ".venv").exists()


def bare_copy(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / ".ci").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", *CONSTRAINTS):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


def make(folder: Path, *arguments: str, PATH: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:  # noqa: N803
    which = subprocess.check_output(["which", "make"], text=True).strip()
    return subprocess.run(
        [which, *arguments], cwd=folder, env={"PATH": PATH}, capture_output=True, text=True, check=False
    )


def test_the_checks_can_be_started() -> None:
    run = ROOT / ".ci/run"

    assert run.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(run)], check=True)
    text = run.read_text(encoding="utf-8")
    assert "set -euo pipefail" in text
    assert "make test" in text
    assert "POSTGRES" not in text, "nothing may leave PostgreSQL out"
