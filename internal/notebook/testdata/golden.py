"""Writes golden.ipynb, which the Go writer must reproduce byte for byte.

Made with nbformat 5.11.1. Run in this folder: python golden.py
"""

import nbformat
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
    new_raw_cell,
)

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

odd = "plain\ttab \"quote\" back\\slash bell\x07 del\x7f <&> é 漢 😀\n"
breaks = "a\rb\r\nc\vd\fe\x1cf\x1dg\x1eh\x85i\u2028j\u2029k\n\nlast"

nb = new_notebook(
    metadata={
        "kernelspec": {"display_name": "Go (rg)", "language": "go", "name": "rg"},
        "language_info": {"name": "go", "version": "1.26", "codemirror_mode": {"name": "go"}},
        "numbers": [0, -1, 1.5, 123456789012345678901234567890, True, None, [], {}, [[]]],
        "Zed": 1,
        "éa": 2,
        "widgets": {},
    },
    cells=[
        new_markdown_cell(
            "# Title\n\n" + odd,
            id="one",
            attachments={"dot.png": {"image/png": PNG}, "note": {"text/plain": "two\nlines"}},
        ),
        new_code_cell(
            breaks,
            id="two-2_B",
            execution_count=3,
            metadata={"tags": ["raises-exception"], "collapsed": False, "scrolled": "auto"},
            outputs=[
                new_output("stream", name="stdout", text="hello\nworld\n"),
                new_output("stream", name="stderr", text=""),
                new_output(
                    "display_data",
                    data={
                        "text/plain": breaks,
                        "text/html": "<b>x</b>",
                        "image/png": PNG + "\n",
                        "image/svg+xml": "<svg>\n</svg>\n",
                        "application/javascript": "a\nb",
                        "application/json": {"a": ["x", "y"], "b": "p\nq"},
                        "application/vnd.x+json": ["not", "joined"],
                        "application/x-tex": "a\nb",
                    },
                    metadata={"image/png": {"width": 10, "height": 7.5}},
                ),
                new_output("execute_result", data={"text/plain": "2"}, execution_count=3),
                new_output(
                    "error", ename="Panic", evalue="no", traceback=["\x1b[31mred\x1b[0m", "In [3]:1"]
                ),
            ],
        ),
        new_code_cell("", id="empty"),
        new_raw_cell("raw\n", id="raw", metadata={"format": "text/html"}),
        new_markdown_cell("", id="x" * 64),
    ],
)
nbformat.validate(nb)
nbformat.write(nb, "golden.ipynb")
