"""What is served while the application cannot be imported.

Under --reload a developer saves a file with a mistake in it, and looks at the browser.
The server must not be gone then: it answers with the error, and with the next good save
the application is back.
"""

import traceback
from collections.abc import Iterable
from html import escape

from wsgi.environ import Environ
from wsgi.gateway import Application, StartResponse

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>:root {{ color-scheme: light dark }} body {{ font: 16px/1.5 system-ui; margin: 2rem }}
pre {{ overflow: auto; padding: 1rem; border: 1px solid; border-radius: 8px }}</style>
<h1>The application cannot be imported</h1>
<p>Mend it and save: the server looks at the files, and this page will be gone.</p>
<pre>{details}</pre></html>
"""


def broken_application(error: Exception) -> Application:
    """An application that answers every request with 500 and this error, with its traceback."""
    details = "".join(traceback.format_exception(error))
    page = PAGE.format(title=escape(type(error).__name__), details=escape(details))
    body = page.encode("utf-8", "replace")

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        fields = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
        start_response("500 Internal Server Error", fields)
        return [body]

    return application
