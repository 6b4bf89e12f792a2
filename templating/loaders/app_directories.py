"""Templates from the folder `templates` of each application.

Step 7. Which those are the framework hands down (`templating.configure`), since this layer
knows no applications. In Django: django.template.loaders.app_directories.
"""

import os
from collections.abc import Sequence

from templating import configuration
from templating.loaders.filesystem import Loader as FilesystemLoader


class Loader(FilesystemLoader):
    def get_dirs(self) -> "Sequence[str | os.PathLike[str]]":
        return configuration.app_directories
