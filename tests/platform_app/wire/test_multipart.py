"""Forms of several parts, as mime/multipart of Go 1.26 reads them; every answer was the reference's, too.

The limits on headers are ours where the test says so.
"""

from io import BytesIO

import pytest

from platform_app.wire.multipart import MAX_HEADERS, MalformedForm, read_multipart
from tests.steps import steps_of

MIB = 1024 * 1024
NAMED = b'Content-Disposition: form-data; name="t"\r\n'
FILE = b'Content-Disposition: form-data; name="f"; filename="a.txt"\r\n'
END = b"\r\n--B--\r\n"


def read(body):
    return read_multipart(BytesIO(body), "B")


def part(headers=b"", value=b"v"):
    return b"--B\r\n" + headers + NAMED + b"\r\n" + value


@pytest.mark.parametrize(
    ("body", "values"),
    [
        pytest.param(part() + END, ["v"], id="a_value"),
        pytest.param((part() + END).replace(b"\r\n", b"\n"), ["v"], id="line_feeds_alone"),
        pytest.param(b"hello\r\nworld\n" + part() + END, ["v"], id="lines_before"),
        pytest.param(b"x" * 4095 + b"\n" + part() + END, ["v"], id="a_line_before_of_4_kib"),
        pytest.param(
            b"--Bx\n--B\n" + (part() + END).replace(b"\r\n", b"\n")[4:], ["v"], id="no_boundary_before"
        ),
        pytest.param(
            b"--B  \t\r\n" + NAMED + b"\r\nv\r\n--B-- \r\njunk", ["v"], id="blanks_behind_boundaries"
        ),
        pytest.param(part() + END[:-2], ["v"], id="no_line_end_at_the_end"),
        pytest.param(b"--B--\r\n", [], id="no_part"),
        pytest.param(b"--B--", [], id="no_part_and_no_line_end"),
        pytest.param(b"--B\r\n" + NAMED + END, [""], id="no_content"),
        pytest.param(part(value=b"") + END, [""], id="empty_content"),
        pytest.param(
            part(value=b"v\r\n--Bx\r\n--B-x\n--B--") + END,
            ["v\r\n--Bx\r\n--B-x\n--B--"],
            id="false_boundaries",
        ),
        pytest.param(
            b"--B\r\n" + NAMED + b"\r\n" + part() + END, ["", "v"], id="a_boundary_in_place_of_content"
        ),
        pytest.param(part(value=b"a\0b") + END, ["a\0b"], id="nul_in_a_value"),
        pytest.param(
            b'--B\r\nContent-Disposition: form-data;\r\n \t name="t"\r\n\r\nv' + END, ["v"], id="folded"
        ),
        pytest.param(part(b"X: y\r\n z\r\n \r\n") + END, ["v"], id="folded_without_colon"),
        pytest.param(part(b"X y : \xff\tz\r\n") + END, ["v"], id="odd_header"),
        pytest.param(part(b"X: y\nZ: y\n") + END, ["v"], id="headers_that_end_in_line_feeds"),
        pytest.param(part(b"X: " + b"y" * MIB + b"\r\n") + END, ["v"], id="a_header_of_a_mebibyte"),
        pytest.param(part(b"X: y\r\n" * (MAX_HEADERS - 1)) + END, ["v"], id="as_many_headers_as_go_reads"),
        pytest.param(b"--B\r\nX: y\r\n\r\nunnamed\r\n" + part() + END, ["v"], id="a_part_without_name"),
        pytest.param(part() + b"\r\n--B\r\n" + NAMED, ["v"], id="ends_within_headers"),
        pytest.param((part() + b"\r\n") * 1000 + b"--B--", ["v"] * 1000, id="a_thousand_parts"),
        pytest.param(part(value=b"v" * 24 * MIB) + END, ["v" * 24 * MIB], id="a_value_of_24_mebibytes"),
    ],
)
def test_reads(body, values):
    assert read(body).values == ({"t": values} if values else {})


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\r\nx", id="no_boundary"),
        pytest.param(b"x" * 4096 + b"\n" + part() + END, id="a_line_before_that_is_too_long"),
        pytest.param(b"x" * 300_000 + b"\n" + part() + END, id="a_line_before_that_is_far_too_long"),
        pytest.param(b"--B\n" + part()[5:] + END, id="line_feed_first_and_others_then"),
        pytest.param(b"--B--\n", id="no_part_and_a_line_feed"),
        pytest.param(part() + END[:-2] + b"junk", id="text_behind_the_last_boundary"),
        pytest.param(part() + b"\r\n--B x\r\n--B--\r\n", id="text_behind_a_boundary"),
        pytest.param(
            part() + b"\r\n--B" + b" " * 4096 + b"\r\n" + NAMED, id="a_boundary_line_that_is_too_long"
        ),
        pytest.param(part(), id="ends_within_a_value"),
        pytest.param(b"--B\r\n" + NAMED[:9], id="ends_within_a_header"),
        pytest.param(b"--B\r\n" + NAMED + b"\r\n", id="ends_before_a_value"),
        pytest.param(
            part().replace(b"\r\n", b"\r\n\n", 1) + b"\n--B--\r\n", id="another_line_end_than_the_first"
        ),
        pytest.param(b"--B\r\n X: y\r\n" + NAMED + b"\r\nv" + END, id="a_blank_before_the_first_header"),
        pytest.param(part(b"X\r\n") + END, id="no_colon"),
        pytest.param(part(b"X\r\n : y\r\n") + END, id="a_colon_in_the_next_line"),
        pytest.param(part(b": y\r\n") + END, id="no_header_name"),
        pytest.param(part(b"X\xff: y\r\n") + END, id="header_name_beyond_ascii"),
        *(
            pytest.param(part(b"X: a%bb\r\n" % c) + END, id=f"header_with_{c.hex()}")
            for c in (b"\0", b"\1", b"\x7f", b"\r")
        ),
        pytest.param(part(b"X: y\r\n" * MAX_HEADERS) + END, id="too_many_headers"),
        pytest.param((part() + b"\r\n") * 1001 + b"--B--", id="too_many_parts"),
        pytest.param((b"--B\r\nX: y\r\n\r\nv\r\n") * 1001 + b"--B--", id="too_many_parts_without_names"),
        pytest.param(part(value=b"v" * 26 * MIB) + END, id="more_than_fits_into_memory"),
        pytest.param(
            part(value=b"v" * 13 * MIB) + b"\r\n" + part(value=b"v" * 13 * MIB) + END, id="as_much_in_two"
        ),
        # Ours: Go reads them.
        pytest.param((part(b"X: y\r\n" * 6000) + b"\r\n") * 2 + b"--B--", id="too_many_headers_of_two_parts"),
        pytest.param(part(b"X: y\r\n" + b" z\r\n" * MAX_HEADERS) + END, id="too_many_folded_lines"),
        pytest.param(part(b"X: " + b"y" * 10 * MIB + b"\r\n") + END, id="headers_of_ten_mebibytes"),
        pytest.param(part().replace(b'"t"', b'"' + b"t" * 65536 + b'"') + END, id="a_name_of_64_kib"),
    ],
)
def test_refuses(body):
    with pytest.raises(MalformedForm):
        read(body)


def test_refuses_a_boundary_that_fills_a_line():
    with pytest.raises(MalformedForm):
        read_multipart(BytesIO(b"--" + b"B" * 4094 + b"--"), "B" * 4094)


@pytest.mark.parametrize("size", [10, 256 * 1024 - 3, MIB, MIB + 1, 3 * MIB])
def test_files_keep_their_bytes(size):
    content = (b"\r\n--B" + b"-x\r") * (size // 8) + b"!" * (size % 8)
    form = read(b"--B\r\n" + FILE + b"\r\n" + content + END)
    [file] = form.files["f"]
    assert (file.read(), file.size, file.name) == (content, size, "a.txt")


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        pytest.param('filename="a b.txt"', "a b.txt", id="plain"),
        pytest.param('filename="../x/a.txt/"', "a.txt", id="folders"),
        pytest.param('filename="C:\\x.txt"', "C:\\x.txt", id="backslash"),
        pytest.param('filename="/"', "/", id="a_folder_alone"),
        pytest.param('filename="."', ".", id="this_folder"),
        pytest.param('filename=".."', "..", id="folder_above"),
        pytest.param("filename=\"na_ve.txt\"; filename*=utf-8''na%C3%AFve.txt", "naïve.txt", id="both"),
    ],
)
def test_a_file_is_called_as_its_client_says(parameters, name):
    [file] = read(
        f'--B\r\nContent-Disposition: form-data; name="f"; {parameters}\r\n\r\nv'.encode() + END
    ).files["f"]
    assert (file.original_name, file.read()) == (name, b"v")


@pytest.mark.parametrize("length", [16_000, 17_000, 65_000])
def test_a_file_is_kept_however_long_its_name_is(length):
    name = "n" * length
    head = f'--B\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\nv'
    [file] = read(head.encode() + END).files["f"]
    assert (file.original_name, file.read()) == (name, b"v")


def test_files_that_outgrow_the_memory_cost_no_more_of_it():
    piece = b"--B\r\n" + FILE + b"\r\n" + b"v" * 9 * MIB + b"\r\n"
    form = read(piece * 3 + part(value=b"v" * 16 * MIB) + END)
    assert [file.size for file in form.files["f"]] == [9 * MIB] * 3


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"--B\r\n" + FILE + b"\r\n" + b"\r\n--Bx" * (MIB // 2) + END, id="false_boundaries"),
        pytest.param(b"--B\r\n" + FILE + b"\r\n" + b"\r\n" * 2 * MIB + END, id="line_ends"),
        pytest.param(b"\n" * 4 * MIB + part() + END, id="lines_before"),
        pytest.param(b"--Bx\n" * MIB + part() + END, id="false_boundaries_before"),
    ],
)
def test_work_grows_with_chunks_and_not_with_what_is_in_them(body):
    assert steps_of(lambda: read(body)) < 12_000


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        pytest.param(b"a=41=\r\nb  \r\nc=zz", b"aAb\r\nc=zz", id="escapes_breaks_and_blanks"),
        pytest.param(b"ab=", b"ab", id="a_break_at_the_end"),
        pytest.param(b"ab=4", b"ab=4", id="half_an_escape"),
        pytest.param(b"ab =\nc", b"ab c", id="a_break_at_a_line_feed"),
        pytest.param(b"ab\rc\r\r\nd", b"ab\rc\r\nd", id="returns"),
        pytest.param(b"a\xc3\xa9=c3=A9", b"a\xc3\xa9\xc3\xa9", id="beyond_ascii"),
        pytest.param(b"a" + b" " * 50, b"a", id="blanks_at_the_end"),
        pytest.param(b"a=  x", b"a=  x", id="a_sign_before_blanks"),
        pytest.param(b"a==41", b"a=A", id="two_signs"),
        pytest.param(b"=\r\nb= \t\nc", b"bc", id="breaks"),
        pytest.param(b"a \r \nb", b"a\nb", id="a_return_among_blanks"),
        pytest.param(b"=41=\n" * 100_000, b"A" * 100_000, id="many_lines"),
    ],
)
def test_decodes_quoted_printable(text, decoded):
    body = part(b"Content-Transfer-Encoding: Quoted-Printable\r\n", text)
    assert read(body + END).values == {"t": [decoded.decode()]}


@pytest.mark.parametrize(
    "text", [b"a\0b", b"a\x01", b"a\x7f", b"a" * 5000, b"a=\rb", b"=", b"a==\r\n", b"a" * 70_000]
)
def test_refuses_quoted_printable(text):
    with pytest.raises(MalformedForm):
        read(part(b"Content-Transfer-Encoding: quoted-printable\r\n", text) + END)
