"""Markdown as models write it, and as they should not: one text for each thing that can go wrong."""

from __future__ import annotations

_CODE = "\n".join(f"    value_{number} = compute({number}, 'text')  # why" for number in range(30))
_LONG = " ".join(f"word{number}" for number in range(70))

CORPUS = {
    "words": "Hello, world.",
    "leading_blank_lines": "\n\n  \n Hello\n\n\n",
    "paragraphs": (
        f"{_LONG}\n\nSecond *paragraph* with **bold** words and `code`.\nA second line of it.  \nA third.\\\nAnd more."
    ),
    "long_paragraph": _LONG * 3,
    "headings": "# One\ntext\n## Two ##\n### Three\n#### Four\n##### Five\n###### Six\n#\n#none",
    "setext": "Title\n===\n\nTwo lines\nof a title\n---\n\ntext\n\n---\n",
    "emphasis": (
        "*a* **b** ***c*** _d_ __e__ ~~f~~ snake_case 2*3*4 **unclosed and *half\n\n**two words** __x__y \\*no\\*"
    ),
    "code_spans": "`a` ``b ` c`` ` d ` `unclosed\n\n`` ` `` **`bold`**",
    "tight_list": "- a\n- b\n- c\n\nafter",
    "loose_list": "- a\n\n- b\n\n  second paragraph\n\n- c",
    "numbers": "\n".join(f"{number}. item {number}" for number in range(1, 13)),
    "numbers_from_seven": "7. a\n8. b\n\ntext\n1) x\n2) y",
    "numbers_that_do_not_count": "1. a\n1. b\n1. c",
    "nested_lists": (
        "1. one\n   - two\n     - three\n       1. four\n   - five\n2. six\n\n   para\n\n- a\n  1. b\n* c"
    ),
    "task_list": "- [ ] open\n- [x] done\n  - [ ] nested",
    "list_with_code": (
        "1. First:\n   ```bash\n   npm install\n   ```\n2. Second:\n\n"
        "   ```\n   plain\n\n   more\n   ```\n   after\n3. Third"
    ),
    "list_with_everything": (
        "- > quote\n- # heading\n- | a | b |\n  |---|---|\n  | 1 | 2 |\n- ---\n-\n- ```py\n  x\n  ```"
    ),
    "empty_items": "-\n- a\n-\n\n1.\n2. b",
    "list_after_paragraph": "Here:\n- a\n- b\nlazy\n",
    "long_item": f"- {_LONG}\n- b",
    "table": (
        "| Name | Value | Note |\n|:-----|------:|:----:|\n| a | 1 | **x** |\n"
        "| bb | 22 | `y | z` \\| w |\n| c |\n| d | 1 | 2 | 3 |\n\nafter"
    ),
    "table_of_the_world": (
        "| 語 | emoji | mark |\n|---|---|---|\n| 日本語 | 👍 | ⚠️ x |\n| 한국어 | 👨‍👩‍👧 | ✅ |\n| ñandú | ❤️ | é |"
    ),
    "table_wider_than_the_screen": (
        f"| a | b | c |\n|---|---|---|\n| {_LONG[:90]} | {_LONG[:200]} | x |\n| 1 | 2<br>3 | {'y' * 100} |"
    ),
    "table_of_many_columns": "|"
    + "|".join(f"c{n}" for n in range(40))
    + "|\n"
    + "|-" * 40
    + "|\n"
    + "|"
    + "|".join("x" * 40)
    + "|\n",
    "table_that_turns_into_records": (
        f"| e | f | g | h | i |\n{'|---' * 5}|\n| 1 | 2 | 3 | 4 | 5 |\n| " + "several words | " * 5
    ),
    "shapes_that_others_lose": (
        "<details>\n<summary>More</summary>\n\n> **L**\n>\n> - a\n>   - b\n</details>\n\n"
        "* tab\n\t* deeper\n\t\t* deepest\n\n- a\n  ```\n  code\nout\n  ```\n\n> ```py\n> open\n\n"
        "- second\n\n  | c | d |\n  |---|---|\n  | e | `f || g` |\n \n- third\n\n"
        "[^1]: Note\n    goes on\n\n    ```\n    x\n    ```\n\n| a | b |\n|---|:-:|\n| | x |\n|||\n| 🇩🇪🇫🇷 | 👍🏽 |\n"
        "| عربي | קצר |\nno bar\n\n中文**“重点”**，x。\n\n1999. no list\n\ntext:```py\nx\n```\n\nSHA:\n```\nabc\n```"
    ),
    "table_without_rows": "| a | b |\n|---|---|\n\ntext",
    "table_at_the_end": "text\n| a | b |\n|---|---|\n| 1 | 2 |",
    "table_longer_than_the_screen": "| n | text |\n|--:|---|\n" + "\n".join(f"| {n} | row {n} |" for n in range(70)),
    "table_longer_than_settles": "| n | text |\n|--:|---|\n"
    + "\n".join(f"| {n} | row {'x' * (n % 50)} |" for n in range(105)),
    "no_table": "| a | b |\n\n| c | d |\n|---|\n\na | b\n- | -",
    "fence": "```python\ndef f(x):\n    '''doc\n    string'''\n    return x  # done\n\n\nprint(1)\n```\nafter",
    "fence_unclosed": "text\n```js\nconst a = `x\n${y}`; /* long\ncomment */ let z",
    "fence_empty": "```\n```\ntext\n```py\n\n```",
    "fence_in_fence": "````md\n```py\nx\n```\n````\n~~~\n```\n~~~",
    "fence_of_unknown_language": "```nonsense {.line} x\na b\n```",
    "fence_with_tabs": "```make\nall:\n\techo hi\n\t\tx\ty\n```",
    "long_code": f"```python\nclass A:\n{_CODE}\n```",
    "wide_code": f"```\n{'x' * 200}\n{'日本' * 60}\n{' '.join(['word'] * 50)}   \n{'y' * 80}\n```",
    "indented_code": "text\n\n    code\n      more\n\n    again\n\nafter",
    "quote": (
        f"> {_LONG[:150]}\n> second\nlazy\n>\n> - a\n>   - b\n>\n> ```py\n> x = 1\n> ```\n>\n> > deeper\n\n> again"
    ),
    "rules": "a\n\n---\n\nb\n***\n_ _ _\n",
    "html": (
        "<div class='x'>\n**not bold**\n</div>\n\na <b>bold</b> <kbd>x</kbd> b<br>c<br/>d\n"
        "\n<!-- hidden\n\ncomment -->\n\n<details><summary>S</summary>\n"
        "\n**bold**\n\n</details>\n\n<unknown>\ntext"
    ),
    "links": "[label](https://example.com/a) <https://example.com> [https://example.com](https://example.com) "
    "[*x*](/y 't') "
    "[a](javascript:alert(1)) [b](file:///etc/passwd) ![image](pic.png) ![](only.png) <me@example.com> [nowhere]() "
    "[![badge](b.svg)](https://ci)",
    "link_longer_than_a_row": f"see [this](https://example.com/{'path/' * 40}) now",
    "references": (
        "See [text][1] and [1] and [^note].\n\n[1]: https://example.com 'Title'\n"
        "[text]: <x>\n[^note]: A footnote\n    goes on"
    ),
    "escapes": "\\# not a heading\n\n1\\. no list \\[x\\] \\\\ &amp; &lt; &copy; &#x1b; &#x202e; &nosuch; \\q",
    "maths": (
        "Inline \\(a_1 * b_2\\) and $x_1 * y_2$ for $5 and $6.\n\n$$\n"
        "\\frac{a}{b} * c_1\n= d\n$$\n\n\\[\nx\n\\]\n\\[ y_1 \\] text $$z_1$$ end"
    ),
    "chinese": "这是一个很长的段落，用来测试换行：因为没有空格，所以可以在任何字符之间断开。" * 4
    + "\n\n- 列表（一）\n- 列表二",
    "scripts": "العربية نص طويل " * 10 + "\n\nไทย " * 3 + "\n\nहिन्दी में लिखा हुआ " * 6 + "é e\u0301 ﬁ",
    "emoji": "👍 👨‍👩‍👧‍👦 🏳️‍🌈 1️⃣ ⚠️ ❤️ ✅ " * 12,
    "controls": "a\x1b[31mred\x1b[0m b\x07c\u202eevil\u2066 d\r\ne\rf \x9b1A \u200b",
    "marks_alone": "-\n\n=\n\n|\n\n`\n\n```",
    "trailing_spaces": "a   \nb\t\n   c\n\n- d   \n",
    "half_of_a_mark": "text **",
    "markup_of_rich": "[bold]x[/bold] [/] :smile:",
    "mixed": (
        "Sure! Here is **how**:\n\n1. **First**: do `x`\n   - note\n2. *Then*:\n"
        "```py\ny = 1\n```\n> Mind: it works\n\n| a | b |\n|---|---|\n"
        "| 1 | 2 |\n\nDone."
    ),
}
