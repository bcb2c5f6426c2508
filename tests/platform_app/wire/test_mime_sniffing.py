import io
import zipfile

import pytest

from platform_app.wire.mime.sniffing import detect_mime_type
from platform_app.wire.mime.types import MimeType


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "application/epub+zip" if name == "mimetype" else "x")
    return buffer.getvalue()


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
        (b"OTTO\0\x0a\0\x80\0\3\0 CFF ", "font/otf", ".otf"),
        (b"OTTO\0\x0a\0\x80\0\3\0 cmap", "application/octet-stream", ""),
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
