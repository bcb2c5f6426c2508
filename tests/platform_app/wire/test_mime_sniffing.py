import io
import json
import zipfile
import zlib
from base64 import b64decode
from pathlib import Path
from uuid import UUID

import pytest

from platform_app.wire.mime.content_types import content_type_of
from platform_app.wire.mime.sniffing import detect_mime_type
from platform_app.wire.mime.types import SNIFFED_BYTES, MimeType
from tests.steps import steps_of

# What gabriel-vasile/mimetype 1.4.13 says of bytes that were put together at random, of all its formats.
REFERENCE = json.loads(Path(__file__).with_name("reference_types.json").read_text())


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "application/epub+zip" if name == "mimetype" else "x")
    return buffer.getvalue()


def compound(root_class: str) -> bytes:
    """A file of the old Office whose directory is in its second sector."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(18) + b"\3\0" + bytes(20) + b"\1\0\0\0"
    return head.ljust(1104, b"\0") + UUID(root_class).bytes_le + bytes(100)


@pytest.mark.parametrize(
    ("head", "name", "extension"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg", ".jpg"),
        (b"GIF89a", "image/gif", ".gif"),
        (b"RIFFxxxxWEBPVP8 ", "image/webp", ".webp"),
        (b"RIFFxxxxWAVEfmt ", "audio/wav", ".wav"),
        (b"\0\0\0\x18ftypmp42xxxx", "video/mp4", ".mp4"),
        (b"\0\0\0\x18ftypheic", "image/heic", ".heic"),
        (b"\0\0\0\x18ftypqt  ", "video/quicktime", ".mov"),
        (b"\x1a\x45\xdf\xa3\x01\x42\x82\x84webm", "video/webm", ".webm"),
        (b"ID3\x03", "audio/mpeg", ".mp3"),
        (b"%PDF-1.7", "application/pdf", ".pdf"),
        (b"\x1f\x8b\x08", "application/gzip", ".gz"),
        (b"SQLite format 3\0", "application/vnd.sqlite3", ".sqlite"),
        (zipped("a.txt"), "application/zip", ".zip"),
        (zipped("mimetype"), "application/epub+zip", ".epub"),
        (
            zipped("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ".docx",
        ),
        (
            zipped("[Content_Types].xml", "xl/workbook.xml"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ".xlsx",
        ),
        (zipped("META-INF/MANIFEST.MF"), "application/java-archive", ".jar"),
        (b"hello", "text/plain", ".txt"),
        (b"", "text/plain", ".txt"),
        (b'{"a":1}', "application/json", ".json"),
        (b'{"a":', "text/plain", ".txt"),
        (b'"a"', "text/plain", ".txt"),
        (b'{"a":1}\n{"b":2}\n', "application/x-ndjson", ".ndjson"),
        (b'{"type":"Feature"}', "application/geo+json", ".geojson"),
        (b'[{"a":"' + b"x" * 4000 + b'"}]', "application/json", ".json"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml", ".svg"),
        (b'<?xml version="1.0"?><svg/>', "image/svg+xml", ".svg"),
        (b'<?xml version="1.0"?><a/>', "text/xml", ".xml"),
        (b"<!DOCTYPE html><html>", "text/html", ".html"),
        (b"<bx>", "text/plain", ".txt"),
        (b"a,b\n1,2\n", "text/csv", ".csv"),
        (b"#!/usr/bin/env python3\n", "text/x-python", ".py"),
        (b"BEGIN:VCALENDAR\r\nX", "text/calendar", ".ics"),
        (b"begin:vcard\nx", "text/vcard", ".vcf"),
        (b"BEGIN:VCARD\n", "text/plain", ".txt"),
        (b"WEBVTT", "text/vtt", ".vtt"),
        (b"<?php\n", "text/x-php", ".php"),
        (b" <?php\n", "text/plain", ".txt"),
        (b"<?xml>", "text/xml", ".xml"),
        (b"<?xmlx", "text/plain", ".txt"),
        (b'\xef\xbb\xbf{"a":1}', "text/plain", ".txt"),
        (b"\xef\xbb\xbf<html>", "text/html", ".html"),
        (b"\xef\xbb\xbf#!/bin/sh\n", "text/plain", ".txt"),
        (b'{"log":{"entries":[]}}', "application/json", ".har"),
        (b'{"log":{"x":[]}}', "application/json", ".json"),
        (b'{"asset":{"version":"2.0"}}', "model/gltf+json", ".gltf"),
        (b'{"asset":{"version":2}}', "application/json", ".json"),
        (b"\0\1\0\0\0\x0a\0\x80\0\3\0 cmap", "font/ttf", ".ttf"),
        (b"\0\1\0\0\0\x0a\0\x80\0\3\0 DSIG", "application/octet-stream", ""),
        (b"OTTO\0\x0a\0\x80\0\3\0 BASE" + bytes(12) + b"CFF ".ljust(24), "font/otf", ".otf"),
        (b"OTTO\0\x0a\0\x80\0\3\0 CFF ", "application/octet-stream", ""),
        (b"OTTO\0\x0a\0\x80\0\3\0 cmap" + bytes(40), "application/octet-stream", ""),
        (compound("00020906-0000-0000-c000-000000000046"), "application/msword", ".doc"),
        (compound("00020820-0000-0000-c000-000000000046"), "application/vnd.ms-excel", ".xls"),
        (compound("64818d10-4f9b-11cf-86ea-00aa00b929e8"), "application/vnd.ms-powerpoint", ".ppt"),
        (compound("00020d0b-0000-0000-c000-000000000046"), "application/vnd.ms-outlook", ".msg"),
        (compound("00000000-0000-0000-0000-000000000000"), "application/x-ole-storage", ""),
        (compound("00020906-0000-0000-c000-000000000046")[:600], "application/x-ole-storage", ""),
        (b"0&\xb2u\x8ef\xcf\x11\xa6\xd9\0\xaa\0b\xcel", "video/x-ms-asf", ".asf"),
        (b"From: a@b.c\nTo: d@e.f\n\nHello", "message/rfc822", ".eml"),
        (b"From: a@b.c\n\nHello", "text/plain", ".txt"),
        (b"P6\n# by hand\n2 1\n255\n", "image/x-portable-pixmap", ".ppm"),
        (b"P6\n0 1\n", "text/plain", ".txt"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nHello", "application/x-subrip", ".srt"),
        (b"1\n00:00:02,000 --> 00:00:01,000\nHello", "text/plain", ".txt"),
        (b"true", "text/plain", ".txt"),
        (b"\0\x01\x02", "application/octet-stream", ""),
    ],
)
def test_detects(head, name, extension):
    found = detect_mime_type(head)
    assert (found.name, found.extension) == (name, extension)


@pytest.mark.parametrize(
    ("expected", "matches"),
    [
        ("text/xml", True),
        ("Text/XML; charset=utf-8", True),
        ("application/xml", True),
        ("text/plain", False),
        ("", False),
    ],
)
def test_a_type_has_other_names(expected, matches):
    assert MimeType("text/xml", ".xml", ("application/xml",)).is_a(expected) is matches


def test_all_formats_are_told_as_by_the_reference():
    heads = [zlib.decompress(b64decode(packed)) for _, _, packed in REFERENCE]
    told = [[content_type_of(head), detect_mime_type(head).extension] for head in heads]
    assert told == [answer for *answer, _ in REFERENCE]
    assert len({(name.partition(";")[0], extension) for name, extension in told}) == 153


@pytest.mark.parametrize(
    "piece",
    [
        b"<!---->", b"<svg a=b ", b"<meta a ", b"<?xml ", b"[", b"{", b'{"a":[', b'"[,', b"[1,", b'a,"x"',
        b'"', b"\n", b"\r\n", b"1\n", b"[\n", b"# \n", b"PK\3\4", b"\x42\x82", b"From: \n", b"P6\n", b"\\u",
        b"-", b" ",
    ],
)  # fmt: skip
@pytest.mark.parametrize("start", [b"", b"<?xml version=1?>", b"[", b"PK\3\4", b"P7\n", b"<html>"])
def test_the_work_is_bounded_whatever_the_file_is(start, piece):
    """What could be read in many ways is read once; in a regular expression it would not be seen here."""
    head = (start + piece * SNIFFED_BYTES)[:SNIFFED_BYTES]
    assert steps_of(lambda: content_type_of(head)) < 100_000
