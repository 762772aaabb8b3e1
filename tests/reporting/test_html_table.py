"""HTML is escaped and has no scripts."""

from hashbench.reporting.html_table import Cell, Heading, html_section, html_table


def test_everything_is_escaped():
    headings = [Heading("<a>", "word", 'says "what"'), Heading("p", "figure")]
    table = html_table(headings, [[Cell("a & b", "word", "a & b"), Cell(".5", "figure", 0.5, best=True)]])
    assert '<th class="word" title="says &quot;what&quot;">&lt;a&gt;</th><th class="figure">p</th>' in table
    assert '<td class="word" data-order="a &amp; b">a &amp; b</td>' in table
    assert '<td class="figure best" data-order="0.5"><b>.5</b></td>' in table


def test_a_section_has_its_notes_and_failures():
    section = html_section("t < u", "<table></table>", ["1 < 2"], ["failed & gone"])
    assert section.startswith("<h4>t &lt; u</h4>\n<table></table>")
    assert "<li>1 &lt; 2</li><li>failed &amp; gone</li>" in section
    assert html_section("t", "", []) == "<h4>t</h4>\n"
