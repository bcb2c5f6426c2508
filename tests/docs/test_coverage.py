"""The documentation covers the code: every variable, command and provider, and no link leads nowhere."""

import re
from argparse import _SubParsersAction
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands, load_command_class

from auth_app.providers.registry import providers
from platform_app.runtime_settings.shape import DEFAULTS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])
APP_FOLDERS = (
    "config",
    "platform_app",
    "system_app",
    "collections_app",
    "auth_app",
    "files_app",
    "realtime_app",
    "admin_ui",
)
READER = re.compile(r"\benv\.(text|secret|boolean|integer|path|words|postgres_address)\(\s*\"(\w+)\"")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def variables() -> dict[str, str]:
    """Every environment variable that the code reads, with the reader that it comes through."""
    found = {}
    for folder in APP_FOLDERS:
        for path in ROOT.glob(f"{folder}/**/*.py"):
            for reader, name in READER.findall(path.read_text(encoding="utf-8")):
                found[name] = reader
    return found


def commands() -> list[str]:
    """The management commands of our own apps."""
    ours = [config for config in apps.get_app_configs() if Path(config.path).parent == ROOT]
    files = [path for config in ours for path in Path(config.path).glob("management/commands/[a-z]*.py")]
    return sorted(path.stem for path in files)


def test_the_code_reads_variables_where_this_test_looks() -> None:
    assert {"DATA_DIR", "DATABASE_URL", "HOST", "PORT", "SECRET_KEY", "CORS_ORIGINS"} <= set(variables())


@pytest.mark.parametrize("name", sorted(variables()))
def test_env_example_lists_the_variable(name: str) -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith((f"{name}=", f"#{name}="))], f"{name} is missing"


@pytest.mark.parametrize("name", sorted(variables()))
def test_the_settings_page_has_a_row_for_the_variable(name: str) -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert f"\n| `{name}` |" in page


@pytest.mark.parametrize(
    "name", sorted(name for name, r in variables().items() if r in {"secret", "postgres_address"})
)
def test_the_settings_page_says_which_variables_may_come_from_a_file(name: str) -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert f"`{name}_FILE`" in page


def test_env_example_lists_nothing_that_nobody_reads() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE)) == set(variables())


@pytest.mark.parametrize("name", commands())
def test_the_commands_page_has_a_heading_for_the_command(name: str) -> None:
    page = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    assert f"\n## {name}\n" in page


def actions() -> list[tuple[str, str]]:
    """`(command, action)` of all commands that have actions."""
    found = []
    for name in commands():
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        for action in parser._actions:
            if isinstance(action, _SubParsersAction):
                found += [(name, choice) for choice in action.choices]
    return found


def test_the_actions_are_where_this_test_looks() -> None:
    assert {("superuser", "create"), ("backup", "verify"), ("collections", "export")} <= set(actions())


@pytest.mark.parametrize(("name", "action"), actions())
def test_the_commands_page_describes_the_action(name: str, action: str) -> None:
    page = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert re.search(rf"`{name} {action}[ `]", section)


def members() -> list[str]:
    """Every member of the runtime settings, by its path; a group that stands for another one is one."""
    return [
        f"{name}.{member}" if isinstance(group, dict) else name
        for name, group in DEFAULTS.items()
        for member in (group if isinstance(group, dict) else ("",))
    ]


@pytest.mark.parametrize("path", members())
def test_the_page_on_runtime_settings_has_the_member(path: str) -> None:
    page = (ROOT / "docs/reference/runtime-settings.md").read_text(encoding="utf-8")
    assert f"`{path}`" in page.partition("\n## Members\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("name", sorted(providers()))
def test_the_page_on_signing_in_has_a_row_for_the_provider(name: str) -> None:
    page = (ROOT / "docs/reference/auth.md").read_text(encoding="utf-8")
    assert f"\n| `{name}` |" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    broken = [link for link in links if "://" not in link and not _resolves(page, link)]
    assert broken == []


def test_the_index_leads_to_every_page() -> None:
    index = ROOT / "docs/index.md"
    linked = {
        (index.parent / link.partition("#")[0]).resolve()
        for link in LINK.findall(index.read_text(encoding="utf-8"))
    }
    missing = [
        page for page in PAGES if page.is_relative_to(ROOT / "docs") and page != index and page not in linked
    ]
    assert missing == []


def _resolves(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not anchor or anchor in _anchors(target)


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
