"""A carriage return in a tag ends a line for Python, and none for the template's lexer.

python experiments/breakout.py        as it is
python experiments/breakout.py off    comments have the tag's text as it stands
"""

import os
import sys

import templating.compiler
from templating import Engine

# What a customer may write who designs a page of their own: data, for all we know.
PAGE = """Dear {{ name }},{% firstof "\r    import os; write(os.environ['PRIVATE']) #" %}"""
os.environ["PRIVATE"] = "tell-nobody"

if "off" in sys.argv:
    templating.compiler.printable = lambda text: text

page = Engine().from_string(PAGE)
code = page.listing().replace("\r", "\n")
print(code.partition("write(',')\n")[2].rpartition("\n    write(")[0])
print(page.render({"name": "Ann"}).encode())
