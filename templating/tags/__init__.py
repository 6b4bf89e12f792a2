"""The built-in tags, each file a library of its own; the engine always loads them all."""

MODULES = (
    "templating.tags.logic",
    "templating.tags.loop",
    "templating.tags.inheritance",
    "templating.tags.include",
    "templating.tags.scope",
    "templating.tags.text",
    "templating.tags.choice",
    "templating.tags.rows",
    "templating.tags.partials",
    "templating.tags.querystring",
    "templating.tags.drafts",
)
