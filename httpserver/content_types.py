"""What a file holds, said by the last suffix of its name.

Step 1 of the trip. A table of our own and not the `mimetypes` module, which reads the
machine's files: the same folder would be served differently elsewhere.

RFC 9110, 8.3; the names are those of IANA's register. In Nginx: the file mime.types.
"""

CONTENT_TYPES = {
    "html htm": "text/html",
    "css": "text/css",
    "js mjs": "text/javascript",
    "txt text log ini toml yaml yml": "text/plain",
    "py": "text/x-python",
    "md": "text/markdown",
    "csv": "text/csv",
    "ics": "text/calendar",
    "vtt": "text/vtt",
    "xml": "application/xml",
    "json map": "application/json",
    "webmanifest": "application/manifest+json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "ico": "image/vnd.microsoft.icon",
    "bmp": "image/bmp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "ttf": "font/ttf",
    "otf": "font/otf",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg oga opus": "audio/ogg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp4 m4v": "video/mp4",
    "webm": "video/webm",
    "ogv": "video/ogg",
    "mov": "video/quicktime",
    "pdf": "application/pdf",
    "wasm": "application/wasm",
    "zip": "application/zip",
    "gz tgz": "application/gzip",
    "bz2": "application/x-bzip2",
    "xz": "application/x-xz",
    "tar": "application/x-tar",
    "epub": "application/epub+zip",
}
DEFAULT_CONTENT_TYPE = "application/octet-stream"


def content_type(name: str) -> str:
    """The Content-Type for a file of this name; text is taken to be UTF-8."""
    _, dot, suffix = name.rpartition(".")
    return _OF_SUFFIX.get(suffix.lower(), DEFAULT_CONTENT_TYPE) if dot else DEFAULT_CONTENT_TYPE


def _with_charset(content_type: str) -> str:
    return f"{content_type}; charset=utf-8" if content_type.startswith("text/") else content_type


_OF_SUFFIX = {
    suffix: _with_charset(content_type)
    for suffixes, content_type in CONTENT_TYPES.items()
    for suffix in suffixes.split()
}
