"""The texts: one file an article, `articles/<slug>.md`, and `<slug>.corrected.md` when it is corrected.

A file begins with `key: value` lines between two lines of `---`; paragraphs separated by blank lines follow::

    ---
    publisher: bao-muong-thanh
    section: Dân vận
    title: …
    lead: …
    author: …
    byline: Tin, ảnh            (optional: what stands before the author)
    event: cau-nam-sen          (optional: articles with the same one tell the same story)
    picture: no                 (optional)
    ---
"""

from dataclasses import dataclass, fields
from importlib import resources

ORIGINAL_SUFFIX = ".md"
CORRECTED_SUFFIX = ".corrected.md"

FENCE = "---\n"


@dataclass(frozen=True, slots=True)
class Manuscript:
    """One version of an article."""

    slug: str
    publisher: str
    section: str
    title: str
    lead: str
    author: str
    paragraphs: tuple[str, ...]
    byline: str = ""
    event: str = ""
    picture: bool = True


Archive = dict[str, tuple[Manuscript, ...]]
"""Slug → the version first published, then the corrected one if there is one."""


def load_articles() -> Archive:
    """Read all texts. Raises ValueError naming the file that is not as it should be."""
    files = sorted(resources.files("bot.demo").joinpath("articles").iterdir(), key=lambda file: file.name)
    texts = {file.name: file.read_text(encoding="utf-8") for file in files}
    archive: Archive = {}
    for name, text in texts.items():
        if name.endswith(CORRECTED_SUFFIX) or not name.endswith(ORIGINAL_SUFFIX):
            continue
        slug = name.removesuffix(ORIGINAL_SUFFIX)
        corrected = texts.get(slug + CORRECTED_SUFFIX)
        versions = [text] if corrected is None else [text, corrected]
        archive[slug] = tuple(read_manuscript(slug, each) for each in versions)
    return archive


def read_manuscript(slug: str, text: str) -> Manuscript:
    """Read one file. Raises ValueError when a key is missing, unknown, or the fences are not there."""
    before, fence, rest = text.partition(FENCE)
    head, closing, body = rest.partition(FENCE)
    if before or not fence or not closing:
        raise ValueError(f"{slug}: the first lines must stand between two lines of ---")
    values = dict(_pair(slug, each) for each in head.splitlines())
    allowed = {field.name for field in fields(Manuscript)} - {"slug", "paragraphs"}
    if unknown := values.keys() - allowed:
        raise ValueError(f"{slug}: unknown {', '.join(sorted(unknown))}")
    picture = values.pop("picture", "yes") == "yes"
    paragraphs = tuple(" ".join(each.split()) for each in body.split("\n\n") if each.strip())
    try:
        return Manuscript(slug=slug, paragraphs=paragraphs, picture=picture, **values)
    except TypeError as error:
        raise ValueError(f"{slug}: {error}") from error


def _pair(slug: str, line: str) -> tuple[str, str]:
    key, colon, value = line.partition(":")
    if not colon:
        raise ValueError(f"{slug}: not a `key: value` line: {line!r}")
    return key.strip(), value.strip()
