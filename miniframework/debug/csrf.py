"""The page for a form that was refused (403), with the reason if DEBUG is on.

Step 9 of the trip.  In Django: django.views.csrf.csrf_failure.
"""

from miniframework.conf import settings
from miniframework.debug.page import DEBUG_NOTE, page, text
from miniframework.http import HttpRequest, HttpResponseForbidden

ADVICE = """
<p>For the one who builds this site, the usual causes:</p>
<ul>
<li>The form has no <code>{% csrf_token %}</code> inside, or its template was rendered
without the request.</li>
<li>The page was loaded before a login changed the token: load it again.</li>
<li>The site is reached by another scheme, host or port than it thinks: see
<code>CSRF_TRUSTED_ORIGINS</code> and <code>SECURE_PROXY_SSL_HEADER</code>.</li>
</ul>
"""


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseForbidden:
    body = (
        "<h1>Forbidden <span class=dim>(403)</span></h1>\n"
        "<p>CSRF verification failed, and nothing was changed. The page that sent this form "
        "must be one of this site's, and the browser must accept its cookies.</p>"
    )
    note = ""
    if settings.DEBUG:
        body += f"<h2>Reason</h2>\n<pre class=message>{text(reason)}</pre>{ADVICE}"
        note = DEBUG_NOTE
    return HttpResponseForbidden(page("403 Forbidden", body, note))
