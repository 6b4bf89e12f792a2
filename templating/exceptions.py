"""The errors under the module name that Django gives them.

Step 7. `from templating.exceptions import TemplateDoesNotExist` as in Django.
"""

from templating.errors import TemplateDoesNotExist, TemplateSyntaxError

__all__ = ["TemplateDoesNotExist", "TemplateSyntaxError"]
