"""The translations: gather what is marked, and make of each .po the .mo that is read at run time.

``python scripts/messages.py`` brings locale/ up to date; write what is missing into the .po, and run it again.
``--check`` changes nothing and says what is wrong (the tests do that).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
FOLDERS = ("annotation", "domain", "judges", "analysis", "jurybox")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def sources() -> Iterator[tuple[str, bytes]]:
    """Yield every file that may hold marked strings, templates in the form of Python."""
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), path.read_bytes()
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = path.relative_to(ROOT).as_posix()
        yield name, templatize(path.read_text(encoding="utf-8"), origin=name).encode()


def gathered() -> Catalog:
    """Return all that is marked for translation."""
    catalog = Catalog(project="Jurybox", charset="utf-8")
    for name, content in sources():
        for _, message, _, context in extract("python", BytesIO(content), keywords=KEYWORDS):
            catalog.add(message, locations=[(name, 0)], context=context)
    return catalog


def read(path: Path) -> Catalog:
    """Return a language's translations."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def compiled(catalog: Catalog) -> bytes:
    """Return the .mo of a language."""
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def files() -> list[Path]:
    """Return the .po of each language."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))


def problems() -> list[str]:
    """Say what is marked and not translated, or no longer marked, or not compiled."""
    wanted = {(message.context, message.id) for message in gathered() if message.id}
    found = []
    for path in files():
        catalog, name = read(path), path.relative_to(ROOT)
        there = {(message.context, message.id): message for message in catalog if message.id}
        found += [f"{name}: lacks {message!r}" for _, message in wanted - there.keys()]
        found += [f"{name}: nothing says {message!r} any more" for _, message in there.keys() - wanted]
        for message in there.values():
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            if not all(texts) or message.fuzzy:
                found.append(f"{name}: {message.id!r} is not translated")
            found += [f"{name}: {message.id!r}: {error}" for error in message.check(catalog)]
        if not path.with_suffix(".mo").exists() or path.with_suffix(".mo").read_bytes() != compiled(catalog):
            found.append(f"{name}: its .mo is not made of it")
    return sorted(found)


def update() -> None:
    """Bring each .po and .mo up to date with what is marked."""
    template = gathered()
    for path in files():
        catalog = read(path)
        catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
        catalog.last_translator, catalog.language_team, catalog.msgid_bugs_address = "Jurybox", "Jurybox", ""
        catalog.revision_date = catalog.creation_date
        with path.open("wb") as file:
            write_po(file, catalog, width=120, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
        path.with_suffix(".mo").write_bytes(compiled(read(path)))


if __name__ == "__main__":
    settings.configure(USE_I18N=True)  # all that templatize asks of Django
    if "--check" not in sys.argv:
        update()
    wrong = problems()
    sys.exit("\n".join(wrong) or 0)
