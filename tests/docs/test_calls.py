"""The tables of PocketBase's calls: their rows are whole and name tests that run, and no call is missing."""

import ast
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from tests.docs.calls import Call, Language, calls_of, code_of, is_covered
from tests.docs.pages import ROOT, blocks_of
from tests.environment import SHARED
from tests.hooks.catalogue import ROWS as HOOKS

LANGUAGES: tuple[Language, ...] = get_args(Language)
CELL = re.compile(r"(?<!\\)\|")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(?:(\w+)::)?(test_\w+)(?:\[(\w[\w-]*)\])?`")
SEED = SHARED / "seed" / "pocketbase-docs.txt"
# Which pages of the seed are about extending, by what they lead to.
EXTENDING = {"Go": "/docs/go-", "JavaScript": "/docs/js-"}


@dataclass(frozen=True)
class Row:
    """A row of a table of calls: its cells by the names of the columns."""

    page: Path
    line: int
    cells: dict[str, str]

    def __str__(self) -> str:
        return f"{self.page.stem}-{self.line}"


def rows() -> list[Row]:
    found = []
    for page in sorted(ROOT.glob("docs/extending/*.md")):
        names: list[str] = []
        for line, text in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            cells = [cell.strip() for cell in CELL.split(text)[1:-1]] if text.startswith("|") else []
            if not cells:
                names = []
            elif not names:
                names = cells
            elif {"Go", "JavaScript", "Test"} & set(names) and set(text) != set("|-"):
                assert len(cells) == len(names), f"{page}, line {line}"
                found.append(Row(page, line, dict(zip(names, cells, strict=True))))
    return found


ROWS = rows()


@cache
def functions_of(path: str) -> dict[tuple[str, str], bool]:
    """The tests of a file by class, or "", and function, and whether each is run at all."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    is_left_out = any(
        leaves_out(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    )
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return {
        (scope, node.name): not (is_left_out or any(map(leaves_out, [*marks, *node.decorator_list])))
        for scope, body, marks in [
            ("", tree.body, []),
            *((one.name, one.body, one.decorator_list) for one in classes),
        ]
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def leaves_out(mark: ast.expr) -> bool:
    """Whether tests with this mark are never run, or may fail."""
    return re.search(r"\bmark\.(skip|xfail)\b", ast.unparse(mark)) is not None


# Which parameters there are of the tests that rows name one case of.
CASES = {
    "test_the_blocks_of_the_page_run": {
        page.stem for page in ROOT.glob("docs/extending/*.md") if blocks_of(page)
    },
    "test_it_fires_in_its_scenario_with_its_event": {str(row) for row in HOOKS},
}


def test_there_are_tables():
    assert len({row.page for row in ROWS}) > 20


@pytest.mark.parametrize("row", ROWS, ids=str)
class TestRow:
    def test_has_code_in_every_cell(self, row):
        assert tuple(row.cells) == (*LANGUAGES, "Here", "Test")
        said = [row.cells[name] for name in LANGUAGES]
        assert [cell for cell in said if cell != "-" and not code_of(cell)] == []
        assert any(cell != "-" for cell in said)
        assert code_of(row.cells["Here"])

    def test_names_tests_that_run(self, row):
        named = TEST.findall(row.cells["Test"])
        assert named and TEST.sub("", row.cells["Test"]).strip(", ") == "", row.cells["Test"]
        for path, scope, name, case in named:
            assert functions_of(path)[scope, name]
            assert not case or case in CASES[name]
            if name == "test_the_blocks_of_the_page_run":
                assert case == row.page.stem


# What stands in the examples and is no call of PocketBase's, by why.
ELSEWHERE = {
    "Go's own library, and the group of goroutines": """
        context.Background fmt.Errorf log.Fatal os.Getenv os.TempDir strings.HasPrefix strings.ToLower
        t.Fatal group.Go group.Wait
    """,
    "the JavaScript SDK, which stays": ".PocketBase new.PocketBase realtime.subscribe",
    "SQL": ".LOWER .NOT .sum",
    "types in signatures and of members, which nobody calls": """
        core.AuthAlertConfig core.Collection core.EmailTemplate core.FieldsList core.Log core.MFAConfig
        core.OAuth2Config core.OTPConfig core.PasswordAuthConfig core.Record core.RecordProxy
        core.RequestEvent core.TokenConfig cron.Cron dbx.Builder dbx.Expression filesystem.File
        $filesystem.File router.Event store.Store subscriptions.Client tests.TestApp types.DateTime
        types.JSONArray types.JSONRaw
    """,
    "functions, types and fields of the examples": """
        .Article .Created .FindActiveArticles .FindArticleBySlug .FindSystemCollections .Post .SetSlug
        .Slug .TestHelloEndpoint .Title .Updated .User .findLatestArticles .findTopArticle utils.hello
    """,
    "slips of the pages, for Router.GET, BindFunc, nothing, app.Save, $app, $dbx and the names' capitals": """
        Router.Get OnRecordUpdateRequest.Add e.HttpContext e.Save e.save app.FindRecordById dbx.exp
        new.TooManyrequestsError .OnRealtimeSubscribeRequest
    """,
    "words of sentences, and of the language": """
        .file .function .migration .print .route .template e.g via.get
    """,
}
NO_CALLS = {name for names in ELSEWHERE.values() for name in names.split()}


def pages_of_the_seed() -> list[tuple[Language, str]]:
    """The seed's pages about extending, each with its language; of one that has both, its blocks of code."""
    found = []
    for page in re.split(r"^## ", SEED.read_text(encoding="utf-8"), flags=re.MULTILINE):
        around = " ".join(re.findall(r"^\[(?:Prev|Next): .*$", page, re.MULTILINE))
        found += [(language, page) for language in LANGUAGES if EXTENDING[language] in around]
        if page.startswith("Extending PocketBase\n"):
            found += [("Go" if "func(" in code else "JavaScript", code) for code in code_of(page)]
    return found


@pytest.mark.skipif(not SEED.exists(), reason="needs ../shared/seed")
def test_all_pages_of_the_seed_are_read():
    pages = Counter(language for language, text in pages_of_the_seed() if "\n[" in text)
    assert pages == {"Go": 17, "JavaScript": 15}


@pytest.mark.skipif(not SEED.exists(), reason="needs ../shared/seed")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_call_of_the_seed_has_a_row(language):
    asked = {
        call
        for spoken, text in pages_of_the_seed()
        if spoken == language
        for call in calls_of(text, language)
    }
    named = {
        call for row in ROWS for code in code_of(row.cells[language]) for call in calls_of(code, language)
    }
    missing = {str(call) for call in asked if not is_covered(call, named)}
    assert missing - NO_CALLS == set()


@pytest.mark.skipif(not SEED.exists(), reason="needs ../shared/seed")
def test_nothing_is_left_out_that_the_seed_does_not_have():
    asked = {str(call) for language, text in pages_of_the_seed() for call in calls_of(text, language)}
    assert NO_CALLS - asked == set()


@pytest.mark.parametrize(
    ("language", "code", "calls"),
    [
        ("Go", 'app.FindRecordById("a", id)', {"app.FindRecordById"}),
        (
            "Go",
            'se.Router.GET("/x", f).Bind(apis.Gzip())',
            {"e.Router", "Router.GET", "GET.Bind", "apis.Gzip"},
        ),
        ("Go", "&core.TextField{Name: name}", {"core.TextField"}),
        ("Go", "[]*core.Record", set()),
        ("Go", "store.New[K, T](nil)", {"store.New"}),
        ("Go", "q.\n    All(&x)", {"q.All"}),
        ("Go", 'app.Cron().Add("a(b", f)', {"app.Cron", "Cron.Add"}),
        ("JavaScript", "throw new ApiError(500)", {"new.ApiError"}),
        ("JavaScript", "$app.db().newQuery(a)\n  .all(b)", {"app.db", "db.newQuery", "newQuery.all"}),
        ("JavaScript", 'cronAdd("a", "b", () => e.next())', {".cronAdd", "e.next"}),
        ("JavaScript", "$os.args", {"$os.args"}),
    ],
)
def test_calls_are_found_in_code(language, code, calls):
    assert {str(call) for call in calls_of(code, language)} == calls


@pytest.mark.parametrize(
    ("cell", "is_enough"),
    [
        ("`record.Get(a)`", True),
        ("`.Get(a)`", True),
        ("`client.Get(a)`", False),
        ("`record.GetBool(a)`", False),
    ],
)
def test_a_cell_names_a_call_on_the_same_thing_or_on_any(cell, is_enough):
    named = {call for code in code_of(cell) for call in calls_of(code, "Go")}
    assert is_covered(Call("record", "Get"), named) is is_enough
