"""Request bodies, query texts and headers, read as contract/records.md 1.4, 1.5, 6.1 and 15.1 say."""

from io import BytesIO

import pytest
from django.test import RequestFactory

from platform_app.requests.asgi_request import request_of
from platform_app.requests.body import LazyHeaders, parse_body, query_values, uploads
from platform_app.wire.errors import BadRequest
from platform_app.wire.form_values import infer, media_type

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=B"


def posted(body, content_type, query="", method="POST"):
    data = body if isinstance(body, bytes) else body.encode()
    return RequestFactory().generic(method, f"/x?{query}", data, content_type=content_type)


def parts(*pieces):
    """A multipart body of `name=value` pieces; `name|file=value` makes a file."""
    text = ""
    for piece in pieces:
        name, _, value = piece.partition("=")
        name, at, filename = name.partition("|")
        file = f'; filename="{filename}"' if at else ""
        text += f'--B\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{value}\r\n'
    return text + "--B--\r\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param('{"t":"x"}', {"t": "x"}, id="object"),
        pytest.param("null", {}, id="null_is_empty"),
        pytest.param('{"t":"x"} garbage', {"t": "x"}, id="trailing_text_is_ignored"),
        pytest.param('{"t":"x"}{"t":"y"}', {"t": "x"}, id="only_the_first_value"),
        pytest.param('{"t":"x","t":"y"}', {"t": "y"}, id="last_duplicate_wins"),
        pytest.param(' \n{"n":5,"l":[1,{"m":2}]}', {"n": 5.0, "l": [1.0, {"m": 2.0}]}, id="floats"),
        pytest.param('{"n":9007199254740993}', {"n": 9007199254740992.0}, id="integers_lose_precision"),
        pytest.param('{"n":-1.5e3}x', {"n": -1500.0}, id="slow_reader_reads_floats"),
        pytest.param(r'{"t":"\ud83d\ude00 \ud800 \ude00"}', {"t": "😀 � �"}, id="lone_surrogates"),
        pytest.param(r'{"t":"\"\\\/\b\f\n\r\t\u00e9"}x', {"t": '"\\/\b\f\n\r\té'}, id="escapes"),
        pytest.param(b'{"t":"\xff"}', {"t": "�"}, id="invalid_utf8"),
        pytest.param('{"a":[],"b":{},"c":[true,false,null]}x', {"a": [], "b": {}, "c": [True, False, None]},
                     id="literals_and_empty_containers"),
    ],
)  # fmt: skip
def test_json_body_reads_as(body, expected):
    parsed = parse_body(posted(body, JSON))
    assert parsed == expected
    assert not any(type(value) is int for value in parsed.values())


@pytest.mark.parametrize(
    "body",
    [
        *("[1]", "5", '"x"', "true", "{", "   ", "{'t':1}", '{"t":1,}', "{t:1}", '{"t" 1}', '{"t":1 "u":2}'),
        *('{"n":NaN}', '{"n":Infinity}', '{"n":01}', '{"n":1.}', '{"n":+1}', '{"n":1e400}', '{"n":-}'),
        *('{"t":"a\x01"}', '{"t":"\n"}', r'{"t":"\x"}', r'{"t":"\u12"}', '{"t":"x', "/* c */{}", "\ufeff{}"),
    ],
)
def test_json_body_is_refused(body):
    with pytest.raises(BadRequest) as refused:
        parse_body(posted(body, JSON))
    assert refused.value.message == "Something went wrong while processing your request."


def test_json_nests_ten_thousand_levels_and_no_more():
    parse_body(posted('{"a":' + "[" * 9999 + "]" * 9999 + "}", JSON))
    with pytest.raises(BadRequest):
        parse_body(posted('{"a":' + "[" * 10000 + "]" * 10000 + "}", JSON))


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/vnd.api+json", "APPLICATION/JSON"])
def test_other_types_are_unsupported(content_type):
    with pytest.raises(BadRequest) as refused:
        parse_body(posted('{"t":"x"}', content_type))
    assert refused.value.message == "Unsupported Content-Type."


@pytest.mark.parametrize("content_type", ["application/json; charset=latin1", "application/jsonx"])
def test_json_type_is_told_by_its_beginning(content_type):
    assert parse_body(posted('{"t":"é"}', content_type)) == {"t": "é"}


@pytest.mark.parametrize("content_type", ["text/xml", "application/xml; charset=utf-8"])
def test_xml_cannot_be_read(content_type):
    with pytest.raises(BadRequest) as refused:
        parse_body(posted("<a/>", content_type))
    assert refused.value.message == "Something went wrong while processing your request."


def test_no_body_needs_no_type():
    assert parse_body(RequestFactory().get("/x")) == {}
    assert (
        parse_body(RequestFactory().generic("POST", "/x", b"", content_type="x/y", CONTENT_LENGTH="0")) == {}
    )


@pytest.mark.parametrize(
    ("content_type", "message"),
    [
        pytest.param("", "Unsupported Content-Type.", id="untyped"),
        pytest.param(JSON, "Something went wrong while processing your request.", id="json"),
    ],
)
def test_empty_chunked_body_is_not_seen_as_empty(content_type, message):
    request = RequestFactory().generic(
        "POST",
        "/x",
        b"",
        content_type=content_type,
        HTTP_TRANSFER_ENCODING="chunked",
        CONTENT_TYPE=content_type,
    )
    with pytest.raises(BadRequest) as refused:
        parse_body(request)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("body", "query", "expected"),
    [
        pytest.param("t=a+b%20c", "", {"t": "a b c"}, id="blanks"),
        pytest.param("s=a&s=b", "", {"s": ["a", "b"]}, id="repeated_key_is_a_list"),
        pytest.param("s[]=a", "", {"s[]": "a"}, id="brackets_mean_nothing"),
        pytest.param("n=12&b=true&t=1.0&e=", "", {"n": 12.0, "b": True, "t": "1.0", "e": ""}, id="inference"),
        pytest.param("t=a", "t=q&n=7", {"t": ["a", "q"], "n": 7.0}, id="query_values_come_last"),
        pytest.param(
            't=a&%40jsonPayload={"t":1,"u":[2]}', "", {"t": 1.0, "u": [2.0]}, id="payload_lies_over_values"
        ),
    ],
)
def test_urlencoded_body_reads_as(body, query, expected):
    assert parse_body(posted(body, FORM, query)) == expected


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ("t=%zz", ""), ("t=x;n=5", ""), ("t=1", "q=%zz"), ("%40jsonPayload=[1]", ""),
        ("%40jsonPayload=", ""), ('%40jsonPayload={"a":1}x', ""),
        ("t=1" + "&" * 10_000, ""), ("t=1", "&" * 10_000),
    ],
)  # fmt: skip
def test_urlencoded_body_is_refused(body, query):
    with pytest.raises(BadRequest):
        parse_body(posted(body, FORM, query))


@pytest.mark.parametrize("at", [262_141, 262_142, 262_143, 262_144, 262_145])
def test_escapes_of_long_forms(at):
    text = "z" * at
    assert parse_body(posted(f"t={text}%3D=%0a_%0D%0A%c3%A9+", FORM)) == {"t": text + "==\n_\r\né "}
    for broken in ("%", "%4", "%4g", "%g4", "%%41"):
        with pytest.raises(BadRequest):
            parse_body(posted(f"t={text}{broken}", FORM))
        with pytest.raises(BadRequest):
            parse_body(posted(f"t={text}{broken}{text}", FORM))


def test_urlencoded_body_of_a_get_is_not_read():
    assert parse_body(posted("t=a", FORM, "q=1", method="GET")) == {"q": 1.0}


def test_multipart_lists_query_values_first():
    request = posted(parts("n=1", "t=x"), MULTIPART, "t=q&n=7")
    assert parse_body(request) == {"t": ["q", "x"], "n": [7.0, 1.0]}


def test_multipart_keeps_files_apart():
    request = posted(parts("t=x", "f|a/é.txt=one", "f|b.txt=", "f|=kept.txt"), MULTIPART)
    assert parse_body(request) == {"t": "x", "f": "kept.txt"}
    assert {
        name: [(file.name, file.size, file.read()) for file in files]
        for name, files in uploads(request).items()
    } == {"f": [("é.txt", 3, b"one"), ("b.txt", 0, b"")]}


def test_a_large_file_is_whole():
    content = b"0123456789" * 500_000
    body = b'--B\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n' + content + b"\r\n--B--"
    (file,) = uploads(posted(body, MULTIPART))["f"]
    assert (file.size, file.read() == content) == (len(content), True)


def test_empty_part_may_lack_its_line_break():
    body = '--B\r\nContent-Disposition: form-data; name="t"\r\n\r\n--B--\r\n'
    assert parse_body(posted(body, MULTIPART)) == {"t": ""}


def test_content_that_looks_like_a_boundary_is_content():
    assert parse_body(posted(parts("t=a\r\n--Bx\r\n--b"), MULTIPART)) == {"t": "a\r\n--Bx\r\n--b"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(parts("t=x"), "multipart/form-data", id="no_boundary"),
        pytest.param(parts("t=x"), "multipart/form-data; boundary=C", id="wrong_boundary"),
        pytest.param(parts("t=x").removesuffix("--B--\r\n"), MULTIPART, id="cut_off"),
        pytest.param("", MULTIPART.replace("B", "b") + ";", id="empty"),
        pytest.param(parts("@jsonPayload=[1]"), MULTIPART, id="payload_is_a_list"),
    ],
)
def test_multipart_body_is_refused(body, content_type):
    request = posted(body or b" ", content_type)
    with pytest.raises(BadRequest):
        parse_body(request)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", ""), ("true", True), ("false", False), ("True", "True"), ("12", 12.0), ("-1.5", -1.5),
        ("0", 0.0), ("1.0", "1.0"), ("1.10", "1.10"), ("007", "007"), ("1e3", "1e3"), ("-", "-"),
        (".5", ".5"), ("0.0000001", 1e-07), ("100000000000000000000000", 1e23), ("9007199254740993",) * 2,
        ("1.2.3", "1.2.3"), ("[1,2]", "[1,2]"), ("null", "null"), ("５", "５"),
    ],
)  # fmt: skip
def test_form_text_stands_for(text, value):
    inferred = infer(text)
    assert (type(inferred), inferred) == (type(value), value)


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("", {}),
        ("a=1&a=2&b=", {"a": "1", "b": ""}),
        ("a=%zz&b=x;y&c=%41+b", {"c": "A b"}),
        ("a&=b&&c=%ff", {"a": "", "": "b", "c": "�"}),
        ("a=%c3%A9%", {}),
        ("a=%C3%a9%41-%e2%82", {"a": "éA-�"}),
        ("a=1" + "&" * 9999, {"a": "1"}),
        ("a=1" + "&" * 10_000, {}),
    ],
)
def test_query_reads_as(query, values):
    request = RequestFactory().get("/x")
    request.META["QUERY_STRING"] = query
    assert query_values(request) == values


def test_headers_are_snake_cased():
    headers = LazyHeaders(
        RequestFactory().get("/x", HTTP_X_MY_TOKEN="a", HTTP_HOST="h", HTTP_COOKIE="c=1", CONTENT_TYPE=JSON)
    )
    assert dict(headers) == {"x_my_token": "a", "cookie": "c=1", "content_type": JSON}
    assert "host" not in headers


@pytest.mark.parametrize(
    ("lines", "seen"),
    [
        pytest.param([("host", "h"), ("transfer-encoding", "chunked")], {}, id="not_headers_to_go"),
        pytest.param([("x-a", "1"), ("x-a", "2")], {"x_a": "1"}, id="first_line"),
        pytest.param([("x_a", "1"), ("x-b_c", "2")], {"x_a": "1", "x_b_c": "2"}, id="underscores"),
        pytest.param([("-x--a.b-", "1")], {"x_a_b": "1"}, id="other_separators"),
        pytest.param([("x-a", "ü"), ("content-type", "")], {"x_a": "ü", "content_type": ""}, id="utf8"),
        pytest.param([("x-a", b"\xff")], {"x_a": "�"}, id="no_utf8"),
    ],
)
def test_headers_as_they_came(lines, seen):
    headers = [(name.encode(), value.encode() if isinstance(value, str) else value) for name, value in lines]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
    assert dict(LazyHeaders(request_of(scope, BytesIO()))) == seen


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        pytest.param("grün €".encode(), "grün €", id="utf8"),
        pytest.param("grün".encode("latin-1"), "gr\ufffdn", id="latin1"),
    ],
)
def test_headers_are_read_as_utf8_under_wsgi(sent, read):
    headers = LazyHeaders(RequestFactory().get("/x", HTTP_X_MY_TOKEN=sent.decode("latin-1")))
    assert headers["x_my_token"] == read


@pytest.mark.parametrize(
    ("header", "parsed"),
    [
        ("Text/Plain", ("text/plain", {})),
        (
            'form-data; name="a \\"b\\""; filename=x.txt;',
            ("form-data", {"name": 'a "b"', "filename": "x.txt"}),
        ),
        (r'form-data; filename="C:\dir\x.txt"', ("form-data", {"filename": r"C:\dir\x.txt"})),
        ("form-data; filename*=UTF-8''na%C3%AFve.txt", ("form-data", {"filename": "naïve.txt"})),
        # .NET and others send both.
        ("form-data; filename=na_ve; filename*=utf-8'en'na%C3%AFve", ("form-data", {"filename": "naïve"})),
        ("form-data; filename*=utf-8''na%C3%AFve; filename=na_ve", ("form-data", {"filename": "naïve"})),
        ("form-data; filename=a; filename*=iso-8859-1''b", ("form-data", {"filename": "a"})),
        ("form-data; filename=a; filename*=utf-8''b%2", ("form-data", {"filename": "a"})),
        ("form-data; filename=a; filename*=b", ("form-data", {"filename": "a"})),
        ("form-data; filename*=utf-8''a; filename*=utf-8''b", None),
        # Long ones come in pieces.
        ('form-data; filename*0="a b"; filename*1=".txt"', ("form-data", {"filename": "a b.txt"})),
        ("form-data; filename*1=b; filename*0=a", ("form-data", {"filename": "ab"})),
        ("form-data; filename*0=a; filename*2=c; filename=x", ("form-data", {"filename": "a"})),
        ("form-data; filename*1=b; filename=x", ("form-data", {"filename": "x"})),
        ("form-data; filename*0*=utf-8''%e2%82; filename*1*=%ac", ("form-data", {"filename": "€"})),
        ("form-data; filename*0=%41; filename*1*=%41", ("form-data", {"filename": "%41A"})),
        ("form-data; filename*0*=latin1''a; filename*1*=b%2; filename*2=c", ("form-data", {"filename": "c"})),
        ("form-data; filename*0=a; filename*=utf-8''b", ("form-data", {"filename": "b"})),
        ("form-data; filename*0=a; filename*=b; filename=x", ("form-data", {"filename": "x"})),
        ("form-data; filename*0=a; filename*0=b", None),
        ("form-data; filename=a; filename=b", None),
        ("form-data; filename=a; filename=a", ("form-data", {"filename": "a"})),
        ("a/b; c", None),
        ("a b", None),
        ("", None),
    ],
)
def test_media_type_reads_as(header, parsed):
    assert media_type(header) == parsed
