"""The built-in filters, each file a library of its own; the engine always loads them all."""

MODULES = (
    "templating.filters.text",
    "templating.filters.truncation",
    "templating.filters.html",
    "templating.filters.links",
    "templating.filters.lists",
    "templating.filters.numbers",
    "templating.filters.dates",
    "templating.filters.logic",
)
