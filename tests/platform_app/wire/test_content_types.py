"""The types that files are stored with; all but the commented ones are the reference's answers."""

import pytest

from platform_app.wire.mime.content_types import content_type_of

HTML, XML, PLAIN = "text/html; charset=", "text/xml; charset=", "text/plain; charset="


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "text/plain", id="empty"),
        pytest.param(b"hello", f"{PLAIN}utf-8", id="ascii"),
        pytest.param("größe".encode(), f"{PLAIN}utf-8", id="utf8"),
        pytest.param("größe".encode("latin-1"), f"{PLAIN}iso-8859-1", id="latin1"),
        pytest.param("café".encode("latin-1"), f"{PLAIN}iso-8859-1", id="latin1_at_the_end"),
        pytest.param(b"gr\xfc\xdfe\x85", f"{PLAIN}windows-1252", id="windows"),
        pytest.param(b"\x93q\x94", "text/plain", id="unknown"),
        pytest.param(b"a\x7f", "text/plain", id="delete"),
        pytest.param(b"\xef\xbb\xbfa", f"{PLAIN}utf-8", id="utf8_mark"),
        pytest.param(b"\xff\xfea\0", f"{PLAIN}utf-16le", id="utf16le_mark"),
        pytest.param(b"\xfe\xff\0a", f"{PLAIN}utf-16be", id="utf16be_mark"),
        pytest.param(b"\xff\xfe\0\0a\0\0\0", f"{PLAIN}utf-32le", id="utf32le_mark"),
        pytest.param(b"\0\0\xfe\xff\0\0\0a", f"{PLAIN}utf-32be", id="utf32be_mark"),
        # In the reference Latin-1: it leaves the last character out.
        pytest.param("café".encode(), f"{PLAIN}utf-8", id="utf8_at_the_end"),
        pytest.param(b"\xe9" * 3 + b"a" * 1019 + "éa".encode(), f"{PLAIN}iso-8859-1", id="latin1_first"),
        pytest.param("é".encode() + b"a" * 1021 + "éa".encode(), f"{PLAIN}utf-8", id="cut_in_a_character"),
        pytest.param(b"a" * 1024 + b"\xff", f"{PLAIN}utf-8", id="beyond_what_is_looked_at"),
        pytest.param(b"<html>", f"{HTML}utf-8", id="html"),
        pytest.param(b'<html><META CHARSET="Windows-1251"/>', f"{HTML}Windows-1251", id="html_charset"),
        pytest.param(b"<html><meta charset = b>", f"{HTML}b", id="html_bare_charset"),
        pytest.param(b"<html><meta charset=b charset=c>", f"{HTML}b", id="html_first_charset"),
        pytest.param(b'<html><meta charset="">', f"{HTML}utf-8", id="html_empty_charset"),
        pytest.param(
            b"<html><meta content='text/html; charset=koi8-r' http-equiv=Content-Type>",
            f"{HTML}koi8-r",
            id="html_http_equiv",
        ),
        pytest.param(b"<html><meta content='text/html; charset=koi8-r'>", f"{HTML}utf-8", id="html_content"),
        pytest.param(b"<html><metax charset=b>", f"{HTML}utf-8", id="html_other_tag"),
        pytest.param(b"<html><body><meta charset=b>", f"{HTML}utf-8", id="html_body"),
        pytest.param(b"<html><!-- <meta charset=a> --><meta charset=b>", f"{HTML}b", id="html_comment"),
        pytest.param(b"\xef\xbb\xbf<html><meta charset=b>", f"{HTML}utf-8", id="html_mark"),
        # The reference refuses these two files.
        pytest.param(b'<html><meta charset="a;b">', f"{HTML}utf-8", id="html_no_name"),
        pytest.param(b'<html><meta charset="a\r\nX: y">', f"{HTML}utf-8", id="html_two_lines"),
        pytest.param(b'<?xml version="1.0"?><a/>', f"{XML}utf-8", id="xml"),
        pytest.param(b"<?xml version='1.0' encoding='UTF-16'?><a/>", f"{XML}UTF-16", id="xml_encoding"),
        pytest.param(b'\xef\xbb\xbf<?xml version="1.0" encoding="b"?><a/>', f"{XML}b", id="xml_mark"),
        pytest.param(b'<?xml version="1.0"?><a encoding="b"/>', f"{XML}utf-8", id="xml_other_tag"),
        pytest.param(b'<?xml xencoding="b"?><a/>', f"{XML}utf-8", id="xml_other_attribute"),
        pytest.param(b"a,b\n1,2\n", "text/csv", id="another_text"),
        pytest.param(b"%PDF-1.7", "application/pdf", id="no_text"),
        pytest.param(b"\0\1\2", "application/octet-stream", id="binary"),
    ],
)
def test_the_type_of(content, expected):
    assert content_type_of(content) == expected
