"""Who may import whom: annotation, judges and analysis know domain and not each other, and domain knows nobody."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "domain": {"domain"},
    "annotation": {"annotation", "domain"},
    "judges": {"judges", "domain"},
    "analysis": {"analysis", "domain"},
}
OURS = {*MAY_IMPORT, "jurybox", "tests", "benchmarks"}
# The modules of analysis that may know the database and the web; all others are numbers in, numbers out.
ANALYSIS_ON_DJANGO = {
    "apps", "facts", "selectors", "forms", "views", "downloads", "api", "urls", "api_urls", "management",
}  # fmt: skip
OF_A_PAGE = ("_views", "_form")  # rating_views and the like: what one page adds
WEB = {"django", "rest_framework", "drf_spectacular", "django_htmx", "domain"}
PLAIN = ("domain.choices",)  # words without a database behind them
HEAVY = {"anthropic", "openai", "scipy", "matplotlib", "pyarrow", "sacrebleu", "rouge_score"}
# "judges.Run" in a foreign key and "judges.models" in import_module() are imports by another name.
DOTTED = re.compile(rf"({'|'.join(MAY_IMPORT)})\.[A-Za-z_][\w.]*")


def imports(source: str, package: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the absolute name of every import in a module of the package, wherever it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, name) for name in _names_from(node, package))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.fullmatch(node.value):
            yield node.lineno, node.value


def _names_from(node: ast.ImportFrom, package: str) -> list[str]:
    parents = package.split(".")
    above = parents[: len(parents) - node.level + 1] if node.level else []
    module = ".".join([*above, *([node.module] if node.module else [])])
    return [f"{module}.{alias.name}" for alias in node.names]


def new_arrows(root: Path) -> list[str]:
    """Return every import that the layout forbids, as file, line and name."""
    return [
        f"{path.relative_to(root)}:{line}: imports {name}"
        for app, allowed in MAY_IMPORT.items()
        for path in sorted((root / app).rglob("*.py"))
        for line, name in imports(path.read_text(), _package(path, root))
        if name.split(".")[0] in OURS - allowed or (_needs_django(name) and _is_number_code(path, root))
    ]


def _package(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).parent.parts)


def _needs_django(name: str) -> bool:
    return name.split(".")[0] in WEB and not name.startswith(PLAIN)


def _is_number_code(path: Path, root: Path) -> bool:
    app, module = path.relative_to(root).with_suffix("").parts[:2]
    return app == "analysis" and module not in ANALYSIS_ON_DJANGO and not module.endswith(OF_A_PAGE)


def test_no_app_imports_what_it_must_not_know():
    assert new_arrows(ROOT) == []


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("domain/services.py", "import judges"),
        ("domain/services.py", "import jurybox.settings"),
        ("domain/formats/csv.py", "from annotation.models import Campaign"),
        ("domain/models.py", "run = models.ForeignKey('judges.Run', models.PROTECT)"),
        ("annotation/views.py", "def f():\n    from judges import models"),
        ("annotation/views.py", "from analysis.win_rates import win_rates"),
        ("judges/runner.py", "if TYPE_CHECKING:\n    import annotation.models as people"),
        ("judges/runner.py", "from tests.fakes import provider"),
        ("analysis/selectors.py", "from judges.models import Run"),
        ("analysis/win_rates.py", "from django.db import models"),
        ("analysis/figures/forest.py", "import domain.models"),
        ("analysis/figures/forest.py", "def f():\n    from domain import services"),
    ],
)
def test_a_new_arrow_is_found(tmp_path, file, line):
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(line)
    assert len(new_arrows(tmp_path)) == 1


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("judges/runner.py", "from . import prompts\nfrom .providers.base import Provider"),
        ("judges/providers/base.py", "from .. import prompts\nfrom judges.models import Run\nimport domain.services"),
        ("analysis/selectors.py", "from django.db import models\nfrom domain.models import Verdict"),
        ("analysis/management/commands/compare.py", "from django.core.management import BaseCommand"),
        ("analysis/win_rates.py", "import numpy as np\nfrom analysis.errors import Undefined"),
        ("analysis/data.py", "from domain.choices import Outcome"),
    ],
)
def test_an_import_along_the_arrows_is_left_alone(tmp_path, file, line):
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(line)
    assert new_arrows(tmp_path) == []


PRINT_MODULES = "print(*sorted({name.split('.')[0] for name in sys.modules}))"
LOAD_EVERY_ROUTE = f"""
import sys
import django
from django.urls import get_resolver

django.setup()

def load(resolver):
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            load(pattern)

load(get_resolver())
{PRINT_MODULES}
"""


def test_starting_django_loads_no_heavy_library():
    """Each of them costs every command and every worker up to a second and 100 MB."""
    loaded = modules_after(LOAD_EVERY_ROUTE)
    assert "django" in loaded
    assert loaded & HEAVY == set()


def test_the_numbers_run_without_django():
    files = [path for path in sorted((ROOT / "analysis").rglob("*.py")) if _is_number_code(path, ROOT)]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files]
    loaded = modules_after(f"import sys, {', '.join(names)}\n{PRINT_MODULES}")
    assert "numpy" in loaded
    assert "django" not in loaded


def modules_after(code: str) -> set[str]:
    """Return the names of the top-level packages that a fresh Python has loaded after running the code."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())
