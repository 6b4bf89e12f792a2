"""An uploaded file: small ones in memory, large ones in a temporary file.

Step 3 of the trip. The name is what the client says it is, so it is cut down to a name:
"../../etc/passwd" is a path, and so is "C:\\boot.ini".

Django: https://docs.djangoproject.com/en/5.2/ref/files/uploads/
"""

import re
import tempfile
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

CHUNK = 64 * 1024  # bytes


class UploadedFile:
    def __init__(self, file: IO[bytes], name: str, content_type: str, size: int) -> None:
        self.file = file
        self.name = name
        self.content_type = content_type
        self.size = size
        self.charset: str | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.name} ({self.content_type})>"

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return self.size

    def __getattr__(self, name: str) -> Any:
        """read, seek, tell, close, ...: what the file itself does."""
        if name == "file":
            raise AttributeError(name)
        return getattr(self.file, name)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.file)

    def chunks(self, chunk_size: int = CHUNK) -> Iterator[bytes]:
        """The content from its beginning, in pieces that fit in memory."""
        self.file.seek(0)
        while piece := self.file.read(chunk_size):
            yield piece

    def multiple_chunks(self, chunk_size: int = CHUNK) -> bool:
        return self.size > chunk_size


class InMemoryUploadedFile(UploadedFile):
    """At most settings.FILE_UPLOAD_MAX_MEMORY_SIZE bytes."""


class TemporaryUploadedFile(UploadedFile):
    """A larger one; gone when it is closed."""

    def temporary_file_path(self) -> str:
        return str(self.file.name)


class SimpleUploadedFile(InMemoryUploadedFile):
    """Made by hand, for tests."""

    def __init__(self, name: str, content: bytes, content_type: str = "text/plain") -> None:
        super().__init__(BytesIO(content), name, content_type, len(content))


class FileBuilder:
    """Takes the pieces of one file as they arrive, and moves to disk when they are many."""

    def __init__(self, in_memory: int, directory: str | None) -> None:
        self.in_memory = in_memory
        self.directory = directory
        self.size = 0
        self.file: IO[bytes] = BytesIO()
        self.on_disk = False

    def write(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self.in_memory and not self.on_disk:
            self._move_to_disk()
        self.file.write(data)

    def _move_to_disk(self) -> None:
        # Closed, and so deleted, by HttpRequest.close().
        temporary: IO[bytes] = tempfile.NamedTemporaryFile(  # noqa: SIM115
            suffix=".upload", dir=self.directory
        )
        temporary.write(self.file.getvalue())  # type: ignore[attr-defined]  # a BytesIO still
        self.file, self.on_disk = temporary, True

    def finish(self, name: str, content_type: str) -> UploadedFile:
        self.file.flush()
        self.file.seek(0)
        kind = TemporaryUploadedFile if self.on_disk else InMemoryUploadedFile
        return kind(self.file, name, content_type, self.size)

    def discard(self) -> None:
        self.file.close()


def clean_file_name(name: str) -> str:
    """The last part of whatever path it is, without control characters; "" if none is left."""
    name = re.split(r"[/\\]", name)[-1]
    name = re.sub(r"[\x00-\x1f\x7f]", "", name).strip()
    if name in ("", ".", ".."):
        return ""
    if len(name) > 255:  # what file systems take; the extension says what it is
        stem, dot, extension = name.rpartition(".")
        extension = (dot + extension)[:32] if stem else ""
        name = (stem or name)[: 255 - len(extension)] + extension
    return name
