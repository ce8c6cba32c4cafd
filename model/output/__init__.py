"""Writing tagged articles to files and to a terminal (`conflict_events.output.table`)."""

from conflict_events.output.files import (
    COMPRESSIBLE,
    COMPRESSIONS,
    FORMATS,
    STANDARD_OUTPUT,
    OutputError,
    ReportingWriter,
    check_destination,
    guess_compression,
    guess_format,
    open_stream,
    open_writer,
    writer_to,
)
from conflict_events.output.writers import ArticleWriter

__all__ = [
    "COMPRESSIBLE",
    "COMPRESSIONS",
    "FORMATS",
    "STANDARD_OUTPUT",
    "ArticleWriter",
    "OutputError",
    "ReportingWriter",
    "check_destination",
    "guess_compression",
    "guess_format",
    "open_stream",
    "open_writer",
    "writer_to",
]
