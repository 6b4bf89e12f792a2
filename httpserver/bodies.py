"""Where the bytes of an answer's body come from, and how they are let go.

Step 10 of the trip. A handler gives bytes, a file, or an iterable that the loop asks for one
part after the other. Some bodies cannot be asked: another thread makes them, or another
server sends them. Those are a `Source`, which says when there is something to take.

In Nginx: ngx_chain_t and ngx_event_pipe.c.
"""

import logging

from httpserver.messages import File, Response, Source

log = logging.getLogger(__name__)


def close_body(body: object) -> None:
    """Call the body's `close()`, where it has one; what that raises is logged."""
    close = getattr(body, "close", None)
    if close is not None:
        try:
            close()
        except KeyboardInterrupt:
            raise
        except BaseException:
            log.exception("close() of a body failed")


def dispose(response: Response, source: Source | None = None) -> None:
    """Let go of a response's body, on the thread that would have pulled it.

    `source` is what fills it from a thread: that thread closes the body then.
    """
    body = response.body
    if source is not None:
        source.abandon()
    elif isinstance(body, Source):
        body.abandon()
    elif isinstance(body, File):
        body.file.close()
    elif not isinstance(body, bytes):
        close_body(body)
