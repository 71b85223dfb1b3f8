"""Rows of CSV files and of queries into the store: read strictly, taken once, bad ones named."""

from integration.importing.rows import BadCell, ImportStopError, Places
from integration.importing.run import Asked, import_all
from integration.importing.take import Taken

__all__ = ["Asked", "BadCell", "ImportStopError", "Places", "Taken", "import_all"]
