"""A field that names a file in a folder. Beside step 6. In Django: `FilePathField`."""

from typing import Any

from miniorm.errors import ImproperlyConfigured
from miniorm.fields.text import CharField


class FilePathField(CharField):
    """The path of a file in the folder `path` (or in what it returns when called).

    `match` is a regular expression for the names, `recursive` looks into folders below. The
    choice is the form's: the column holds text.
    """

    default_max_length = 100
    form_class = "FilePathField"
    form_options = ("match", "recursive", "allow_files", "allow_folders")

    def __init__(
        self,
        verbose_name: str | None = None,
        name: str | None = None,
        path: Any = "",
        match: str | None = None,
        recursive: bool = False,
        allow_files: bool = True,
        allow_folders: bool = False,
        **options: Any,
    ) -> None:
        if not (allow_files or allow_folders):
            raise ImproperlyConfigured(
                "A FilePathField needs allow_files or allow_folders to be True: it could name "
                "nothing."
            )
        super().__init__(verbose_name, name, **options)
        self.path = path
        self.match = match
        self.recursive = recursive
        self.allow_files = allow_files
        self.allow_folders = allow_folders

    def formfield(self, *args: Any, **options: Any) -> Any:
        path = self.path() if callable(self.path) else self.path
        return super().formfield(*args, **{"path": path, **options})
