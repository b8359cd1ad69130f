"""What inline marks mean: the standard's rules for Latin text, ours for text without spaces, addresses and formulas."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chatcli.markdown.inline import InlineParser

PARSER = InlineParser()
STANDARD = MarkdownIt("commonmark").enable("strikethrough").disable("text_join")


def marked(source: str, parser: MarkdownIt = PARSER) -> str:
    """Return *source* as it is read: emphasis in angle brackets, addresses in braces, formulas in bars."""
    out = ""
    for token in parser.parseInline(source)[0].children or ():
        match token.type:
            case "link_open":
                out += "["
            case "link_close":
                out += "]"
            case "address":
                out += f"{{{token.content}}}"
            case "math":
                out += f"|{token.content}|"
            case _ if token.nesting:
                out += f"<{'/' if token.nesting < 0 else ''}{token.tag}>"
            case _:
                out += token.content
    return out


# Emphasis next to Chinese, Japanese and Korean ------------------------------------------------------------------------

WITHIN = [
    *(
        "总结：",
        "注意（重要）：",
        "第一，",
        "真的？",
        "快！",
        "《书》",
        "「你好」",
        "【重點】",
        "一、",
        "結論。",
        "％",
        "Ａ",
    ),
    *("API(x)", "삭제.", "중요:", "C++", '"인용"', "e.g.", "50%", "[1]", "f(x)!", "총 5개", "ｱｲｳ", "a，b"),
]
AROUND = ["", "这", "他", "の", "は", "는", "을", "。", "，", "）", "「", "：", "ﾊ"]
MARKS = ["*", "**", "***", "~~"]


@pytest.mark.parametrize("within", WITHIN)
def test_marks_open_and_close_next_to_cjk(within: str) -> None:
    for mark, before, after in itertools.product(MARKS, AROUND, AROUND):
        if not (before or after) and within.isascii():
            continue
        shown = marked(f"{before}{mark}{within}{mark}{after}")

        assert re.sub("</?[a-z]+>", "", shown) == before + within + after
        assert shown.startswith(f"{before}<")
        assert shown.endswith(f">{after}")


@pytest.mark.parametrize("within", WITHIN)
def test_marks_pair_twice_in_a_sentence(within: str) -> None:
    for mark in MARKS:
        one = f"{mark}{within}{mark}"

        shown = marked(f"他说{one}这是，{one}는。")

        assert mark not in shown
        assert shown.count("<") == (8 if mark == "***" else 4)
        assert shown.startswith("他说<")
        assert shown.endswith(">는。")


@pytest.mark.parametrize("within", ["重要", "중요:", "結論。"])
def test_underscores_within_words_stay_as_the_standard_says(within: str) -> None:
    assert marked(f"他__{within}__这") == f"他__{within}__这"
    assert marked(f"他 __{within}__ 这") == f"他 <strong>{within}</strong> 这"


latin = st.lists(
    st.sampled_from([*'*_~`ab .(!"', "**", "~~", "\n", "\\", "é", "—", "[x](y)", "<b>", "&amp;"]), max_size=24
)


@settings(max_examples=400)
@given(latin.map("".join))
def test_latin_text_reads_as_the_standard_says(source: str) -> None:
    assert marked(source) == marked(source, STANDARD)


# Addresses ------------------------------------------------------------------------------------------------------------

LITERAL = {
    "underscores": ("https://example.com/_foo_/bar", "[{https://example.com/_foo_/bar}]"),
    "stars": ("go https://x.example/*a*/b now", "go [{https://x.example/*a*/b}] now"),
    "double_underscores": ("http://x.example/a__b__c", "[{http://x.example/a__b__c}]"),
    "dunder": ("https://example.com/__init__/x.", "[{https://example.com/__init__/x}]."),
    "tildes": ("https://x.example/~~a~~/b", "[{https://x.example/~~a~~/b}]"),
    "dollars": ("https://x.example/$a$b$/c", "[{https://x.example/$a$b$/c}]"),
    "glob": ("https://x.example/**/a*.js", "[{https://x.example/**/a*.js}]"),
    "query": ("https://x.example/?a_b=1&c_d=2#_e_", "[{https://x.example/?a_b=1&c_d=2#_e}]_"),
    "in_bold": ("**see https://e.com/*y*/z now**", "<strong>see [{https://e.com/*y*/z}] now</strong>"),
    "bold_alone": ("**https://e.com/a_b**", "<strong>[{https://e.com/a_b}]</strong>"),
    "bold_and_colon": ("**https://e.com/a**: x", "<strong>[{https://e.com/a}]</strong>: x"),
    "bold_before_a_bracket": ("**https://e.com/a**(x)", "<strong>[{https://e.com/a}]</strong>(x)"),
    "bold_in_chinese": ("看**https://e.com/a**这", "看<strong>[{https://e.com/a}]</strong>这"),
    "struck": ("~~https://e.com/a~~ b", "<s>[{https://e.com/a}]</s> b"),
    "in_brackets": ("(https://e.com/a_(b))", "([{https://e.com/a_(b)}])"),
    "in_square_brackets": ("[https://e.com/a_b_c]", "[[{https://e.com/a_b_c}]]"),
    "quoted": ('"https://e.com/a_b_"', '"[{https://e.com/a_b}]_"'),
    "before_a_comma": ("https://e.com/a_b_c, x", "[{https://e.com/a_b_c}], x"),
    "before_an_entity": ("https://e.com/?q=a&hl;", "[{https://e.com/?q=a}]&hl;"),
    "after_an_ideograph": ("请访问https://e.com/_a_/b，谢谢", "请访问[{https://e.com/_a_/b}]，谢谢"),
    "before_a_full_stop": ("見https://e.com/_a_/b。次", "見[{https://e.com/_a_/b}]。次"),
    "beyond_ascii": ("https://de.example.org/wiki/Köln_x_y", "[{https://de.example.org/wiki/Köln_x_y}]"),
    "without_a_dot": ("http://localhost:8080/_a_/b", "[{http://localhost:8080/_a_/b}]"),
    "upper_case": ("HTTPS://E.COM/_A_/B", "[{HTTPS://E.COM/_A_/B}]"),
    "by_its_host": ("www.example.com/_a_/b", "{www.example.com/_a_/b}"),
    "ftp": ("ftp://e.com/_a_/b", "[{ftp://e.com/_a_/b}]"),
    "escaped": (r"https://e.com/a\_b\_c", "[{https://e.com/a_b_c}]"),
    "before_a_line_end": ("https://e.com/_a_/b\nc", "[{https://e.com/_a_/b}]c"),
    "as_a_label": ("[https://e.com/_a_/b](https://e.com/_a_/b)", "[{https://e.com/_a_/b}]"),
    "in_a_label": ("[see https://e.com/_a_/b](x)", "[see {https://e.com/_a_/b}]"),
    "as_a_target": ("[a](https://e.com/_a_/b)", "[a]"),
    "as_code": ("`https://e.com/_a_/b`", "https://e.com/_a_/b"),
}


@pytest.mark.parametrize(("source", "shown"), LITERAL.values(), ids=LITERAL)
def test_an_address_is_literal(source: str, shown: str) -> None:
    assert marked(source) == shown


NO_ADDRESSES = ["https:// x", "http://", "xhttps://a*b*", "www. *a*", "awww.b", "https://*a*", "://a_b_"]


@pytest.mark.parametrize("source", NO_ADDRESSES)
def test_what_is_no_address_reads_as_the_standard_says(source: str) -> None:
    assert marked(source) == marked(source, STANDARD)


# Formulas -------------------------------------------------------------------------------------------------------------

FORMULAS = {
    "dollars": ("With $a_1 * b_1 * c_1$ so", "With |$a_1 * b_1 * c_1$| so"),
    "double_dollars": ("get $$x_{1} + y^{*}$$ as", "get |$$x_{1} + y^{*}$$| as"),
    "round": (r"a \(x_1*y_1\) b", r"a |\(x_1*y_1\)| b"),
    "square": (r"a \[x_1*y_1\] b", r"a |\[x_1*y_1\]| b"),
    "one_letter": ("let $x$ be", "let |$x$| be"),
    "in_brackets": ("($x_1$)", "(|$x_1$|)"),
    "before_a_comma": ("$x_1$, $y_1$.", "|$x_1$|, |$y_1$|."),
    "between_ideographs": ("公式$x_1$是", "公式|$x_1$|是"),
    "in_bold": ("**$a*b$**", "<strong>|$a*b$|</strong>"),
    "over_lines": ("$$a\n*b*$$", "|$$a\n*b*$$|"),
    "spaced": ("$$ x_1 = y_1 $$", "|$$ x_1 = y_1 $$|"),
}


@pytest.mark.parametrize(("source", "shown"), FORMULAS.values(), ids=FORMULAS)
def test_a_formula_keeps_its_marks(source: str, shown: str) -> None:
    assert marked(source) == shown


NO_FORMULAS = {
    "shell": ("Set $FOO to **$BAR** first", "Set $FOO to <strong>$BAR</strong> first"),
    "shell_twice": ("use $A and *$B* or $C", "use $A and <em>$B</em> or $C"),
    "path": ("$HOME/*x*:$PATH", "$HOME/<em>x</em>:$PATH"),
    "braces": ("${A} *and* ${B}", "${A} <em>and</em> ${B}"),
    "code": ("$FOO is `$B` and $C", "$FOO is $B and $C"),
    "code_and_end": ("$FOO is `a$` *b*", "$FOO is a$ <em>b</em>"),
    "prices": ("$5 *or* $6", "$5 <em>or</em> $6"),
    "prices_behind": ("5$ *or* 6$", "5$ <em>or</em> 6$"),
    "price_range": ("$5-$10 *each*", "$5-$10 <em>each</em>"),
    "dollars_of_states": ("US$5 *or* A$6", "US$5 <em>or</em> A$6"),
    "php": ("$this->x = *a* $that", "$this->x = <em>a</em> $that"),
    "library": ("$(a) *and* $.ajax", "$(a) <em>and</em> $.ajax"),
    "process": ("the pid $$ is *not* $$x", "the pid $$ is <em>not</em> $$x"),
    "perl": ("$_ *and* $x_", "$_ <em>and</em> $x_"),
    "spaced": ("a $ b *c* d $ e", "a $ b <em>c</em> d $ e"),
    "escaped": (r"\$a *b* c$", "$a <em>b</em> c$"),
}


@pytest.mark.parametrize(("source", "shown"), NO_FORMULAS.values(), ids=NO_FORMULAS)
def test_a_dollar_is_not_always_a_formula(source: str, shown: str) -> None:
    assert marked(source) == shown
