"""The text of HTML, shortened: contract/records.md 9. The reference answers every table the same."""

import pytest

from collections_app.records.reading.excerpts import excerpt
from tests.steps import steps_of


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("plain", "plain", id="plain"),
        pytest.param("  a \n\t b  ", "a b", id="blanks_collapse"),
        pytest.param("a <b>x</b><p>y</p>", "a x y", id="blocks_are_set_apart"),
        pytest.param("a<b>b</b>c<div>d</div>e", "abc d e", id="inline_is_not"),
        pytest.param("a<br>b<hr>c", "ab c", id="void_elements"),
        pytest.param("a<script>x</script><style>y</style><form>z<p>z</p></form>b", "ab", id="dropped"),
        pytest.param("<head><title>T</title></head><body>x</body>", "x", id="document_head"),
        pytest.param("<title>T</title>x", "x", id="title_before_the_body"),
        pytest.param("x<title>T</title>", "x T", id="title_in_the_body"),
        pytest.param("&lt;b&gt; &amp; &eacute;", "<b> & é", id="entities"),
        pytest.param("a</div>b</p>c", "ab c", id="stray_end_tags"),
        pytest.param("a<!-- c -->b<!-->c<!--->d<!-- e --!>f", "abcdf", id="comments"),
        pytest.param("a<!-- b > c", "a", id="unfinished_comment"),
        pytest.param("\x1fa\x1f", "\x1fa\x1f", id="control_characters_stay"),
        pytest.param("<p>a<p>b", "a b", id="implied_end"),
        pytest.param("a < b", "a < b", id="lone_less_than"),
        pytest.param("a<b", "a", id="unfinished_tag"),
        pytest.param("a<![DATA[x]]>b<![CDATA[y]>c<!z>d", "abcd", id="declarations_are_comments"),
        pytest.param("a<?php x ?>b<!c", "ab", id="unfinished_declaration"),
        pytest.param("<noscript>n</noscript>m", "m", id="no_script_before_the_body"),
        pytest.param("x<noscript><b>n</b></noscript>m", "x <b>n</b> m", id="no_script_holds_text"),
        pytest.param("x<xmp><b>&amp;", "x <b>&amp;", id="unclosed_text"),
        pytest.param("a<svg/>b<tr>c</tr>", "abc", id="closed_svg_and_rows_outside_tables"),
        pytest.param("a<b x='>' y=\">\" z=>b</b c='>'>d", "abd", id="quoted_attributes"),
        pytest.param("a<b x='>b</b>", "a", id="unfinished_attribute"),
        pytest.param("a<b <i>b", "ab", id="less_than_in_a_tag"),
        pytest.param('a<b ==">">b', "ab", id="equals_signs"),
        pytest.param("<svg a=b/>c</svg>d", "d", id="a_slash_of_a_value_does_not_close"),
        pytest.param("a<1 </ b></>c</", "a<1 c</", id="no_tags"),
        pytest.param("x<title><b>T&amp;\0</b></title>", "x <b>T&\ufffd</b>", id="title_holds_text"),
        pytest.param("x<plaintext><b></plaintext>", "x <b></plaintext>", id="plain_text_never_ends"),
        pytest.param("x<XMP></xm></xmpx></xMp >y", "x </xm></xmpx> y", id="ends_of_text"),
        pytest.param("&#" + "0" * 5000 + "65; &#x" + "f" * 5000 + ";", "A \ufffd", id="long_numbers"),
        pytest.param("a<!--- b --->c<!---->d<!----!>e", "acde", id="dashes"),
    ],
)
def test_text_of(html, text):
    assert excerpt(html, max_characters=100, with_ellipsis=True) == text


@pytest.mark.parametrize(
    ("html", "max_characters", "ellipsis", "text"),
    [
        pytest.param("Hello big", 5, False, "Hello", id="cut"),
        pytest.param("Hello big", 5, True, "Hello...", id="cut_with_ellipsis"),
        pytest.param("Hello big", 6, True, "Hello...", id="trimmed_before_the_ellipsis"),
        pytest.param("Hello", 5, True, "Hello", id="not_cut"),
        pytest.param("<p>" + "ab " * 10_000, 4, True, "ab a...", id="long"),
        pytest.param("ééééééé<b>x</b>", 10, True, "ééééééé", id="bytes_decide_when_elements_are_left_out"),
        pytest.param("abé<b>x</b>", 2, True, "ab...", id="a_byte_too_many_for_the_element"),
        pytest.param(
            "&nbsp;<b>éü&nbsp; &nbsp;<i>x</i></b>", 2, True, "éü", id="blanks_at_the_ends_do_not_count"
        ),
        pytest.param("<b>&nbsp;<i>éü&nbsp; &nbsp;</i><i>x</i>< a</b>", 3, True, "éü...", id="text_behind"),
        pytest.param("éé<b>x</b>", 2, True, "éé", id="as_many_bytes_as_with_the_first_space"),
    ],
)
def test_shortens(html, max_characters, ellipsis, text):
    assert excerpt(html, max_characters=max_characters, with_ellipsis=ellipsis) == text


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "<p></b>",
            "<b>",
            "<div>x",
            "<",
            "</",
            "<a ",
            "<a b=",
            "<a b='",
            '<a =">',
            "<!--",
            "<!-- -->",
            "<!",
            "<?>",
        ),
        *(
            "&",
            "&a",
            "&#",
            "&#1",
            "<script>",
            "<script></script>",
            "<xmp></xm",
            "<tr>",
            "<table><td></tr>",
            " ",
            "a ",
        ),
    ],
)
def test_work_grows_with_the_length(piece):
    def work(times):
        return steps_of(lambda: excerpt(piece * times, max_characters=10**6, with_ellipsis=False))

    assert work(4000) < 5 * work(1000) + 200


def test_no_more_is_read_than_the_excerpt_needs():
    html = "<p>word</p>" * 100_000
    assert steps_of(lambda: excerpt(html, max_characters=100, with_ellipsis=True)) < 3000
