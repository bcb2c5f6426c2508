import pytest

from collections_app.fields.abilities import HasFiles, Modifiable
from collections_app.fields.file_names import PendingFile
from platform_app.wire.errors import FieldError
from tests.collections_app.fields.judging import answer, code, judge, make, option_codes

SINGLE = make("file")
MULTIPLE = make("file", maxSelect=2)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def upload(name: str = "new.txt", content: bytes = b"hello", stored_as: str | None = None) -> PendingFile:
    pending = PendingFile.from_bytes(name, content)
    return PendingFile(stored_as, name, len(content), pending.open) if stored_as is not None else pending


def test_single_keeps_the_last_item():
    first, last = upload("a.txt"), upload("b.txt")
    assert SINGLE.clean([first, last]) is last
    assert SINGLE.clean(["a.txt", "b.txt"]) == "b.txt"
    assert SINGLE.clean("") == ""


@pytest.mark.parametrize(
    ("raw", "single", "multiple"),
    [
        ("x.png", "x.png", ["x.png"]),
        (5.0, "5", ["5"]),
        ({"a": 1.0}, "", []),
        (["a.png", "b.png", "a.png", ""], "b.png", ["a.png", "b.png"]),
        ('["a.png","b.png"]', "b.png", ["a.png", "b.png"]),
        (["a.png", ["b.png", "c.png"]], "a.png", ["a.png"]),
        (None, "", []),
    ],
)
def test_other_shapes(raw, single, multiple):
    assert (SINGLE.clean(raw), MULTIPLE.clean(raw)) == (single, multiple)


def test_names_must_be_stored_already():
    assert judge(SINGLE, "x.png") == FieldError(
        "validation_invalid_file", "Invalid new files: [x.png].", {"invalidFiles": ["x.png"]}
    )
    assert judge(MULTIPLE, ["a.png", "b.png"]) == FieldError(
        "validation_invalid_file", "Invalid new files: [a.png b.png].", {"invalidFiles": ["a.png", "b.png"]}
    )
    assert judge(MULTIPLE, ["a.png"], is_new=False, stored=["a.png", "b.png"]) is None
    assert judge(SINGLE, "x" * 300) == FieldError(
        "validation_invalid_file", f"Invalid new files: [{'x' * 250}].", {"invalidFiles": ["x" * 250]}
    )


def test_unknown_names_win_over_too_many():
    assert code(MULTIPLE, ["a", "b", "c"]) == "validation_invalid_file"
    assert judge(MULTIPLE, ["a", "b", "c"], stored=["a", "b", "c"]) == FieldError(
        "validation_too_many_files", "The maximum allowed files is 2.", {"maxSelect": 2}
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ok.txt", None),
        ("a" * 150, None),
        ("a" * 151, "validation_length_out_of_range"),
        (".hidden", "validation_match_invalid"),
        ("a/b", "validation_match_invalid"),
        ("a\\b", "validation_match_invalid"),
    ],
)
def test_stored_name_is_checked(name, expected):
    assert code(SINGLE, upload(stored_as=name)) == expected


def test_size():
    field = make("file", maxSize=4)
    assert judge(field, upload("new.txt", b"hello")) == FieldError(
        "validation_file_size_limit",
        "Failed to upload new.txt - the maximum allowed file size is 4 bytes.",
        {"file": "new.txt", "maxSize": 4},
    )
    assert judge(field, upload("new.txt", b"hell")) is None
    for length, shown in ((300, "x" * 300), (301, "x" * 300 + "...")):
        error = judge(field, upload("x" * length, b"hello"))
        assert error is not None and error.params == {"file": shown, "maxSize": 4}
    assert SINGLE.max_file_bytes == 5242880
    assert make("file", maxSize=10, maxSelect=3).body_limit_bytes == 30


def test_type_is_told_from_the_content():
    field = make("file", mimeTypes=["image/png", "image/x-bmp"])
    assert judge(field, upload("photo.txt", PNG)) is None
    assert judge(field, upload("photo.png", b"hello", stored_as="photo_1.png")) == FieldError(
        "validation_invalid_mime_type", '"photo_1.png" mime type must be one of: image/png, image/x-bmp.'
    )
    assert judge(field, upload("x", b"BM" + b"\0" * 12 + b"\x28\0\0\0")) is None


def test_required():
    assert code(make("file", required=True), "") == "validation_required"
    assert code(make("file", required=True), upload()) is None


def test_uploads_settle_into_names():
    new = upload(stored_as="new_1.txt")
    value = MULTIPLE.clean(["old.txt", new])
    assert isinstance(MULTIPLE, HasFiles)
    assert MULTIPLE.pending_files(value) == [new]
    assert MULTIPLE.settled(value) == answer(MULTIPLE, value) == ["old.txt", "new_1.txt"]
    assert MULTIPLE.to_db(value) == '["old.txt","new_1.txt"]'
    assert (SINGLE.to_db(new), answer(SINGLE, new)) == ("new_1.txt", "new_1.txt")


def test_rules_see_uploads_as_objects():
    assert MULTIPLE.to_rule(["old.txt", upload("new.txt", b"hello", stored_as="new_1.txt")]) == [
        "old.txt",
        {"name": "new_1.txt", "originalName": "new.txt", "size": 5.0},
    ]


def test_modifiers():
    new = upload(stored_as="new_1.txt")
    assert isinstance(MULTIPLE, Modifiable)
    assert MULTIPLE.modifiers["f+"](["old.txt"], [new]) == ["old.txt", new]
    assert MULTIPLE.modifiers["+f"](["old.txt"], [new]) == [new, "old.txt"]
    assert MULTIPLE.modifiers["f-"](["old.txt", new], "new_1.txt") == ["old.txt"]
    assert SINGLE.modifiers["f-"]("old.txt", ["old.txt"]) == ""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"maxSelect": -1, "maxSize": -1},
            {
                "maxSelect": "validation_min_greater_equal_than_required",
                "maxSize": "validation_min_greater_equal_than_required",
            },
        ),
        ({"maxSelect": 2**53}, {"maxSelect": "validation_max_less_equal_than_required"}),
        ({"mimeTypes": ["foo"]}, {}),
        (
            {"thumbs": ["100x100", "0x50f", "0x0", "0x0t", "100x", "10x10x", ""]},
            {
                "thumbs": {
                    "2": "validation_not_in_invalid",
                    "3": "validation_not_in_invalid",
                    "4": "validation_match_invalid",
                    "5": "validation_match_invalid",
                }
            },
        ),
    ],
)
def test_option(options, expected):
    assert option_codes(make("file", **options)) == expected
