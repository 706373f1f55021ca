"""Several PDF files as one, or as an archive."""

from collections.abc import Iterable, Mapping
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from pypdf import PdfWriter

from billing_panel.kernel.database.no_slow_work_while_writing import slow


@slow
def merged(files: Iterable[bytes]) -> bytes:
    """All pages of ``files``, one file after another; what they share is kept once."""
    writer = PdfWriter()
    for file in files:
        writer.append(BytesIO(file), import_outline=False)
    writer.compress_identical_objects()
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


@slow
def zipped(files: Mapping[str, bytes]) -> bytes:
    """An archive of ``files`` by their names. A PDF is compressed already: they are only stored."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_STORED) as archive:
        for name, file in files.items():
            # without the moment it was made: the same documents are the same bytes
            archive.writestr(ZipInfo(name), file)
    return made.getvalue()
