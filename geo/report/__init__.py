"""The report of a place: what an atlas says of it, as a page, a document or a workbook."""

from collections.abc import Callable, Mapping

from geo.report.build import build_report
from geo.report.document import write_document
from geo.report.model import Report, Section
from geo.report.page import write_page
from geo.report.place import PARTS
from geo.report.workbook import write_workbook

# How each format is written.
WRITERS: Mapping[str, Callable[[Report], bytes]] = {
    "html": write_page, "pdf": write_document, "xlsx": write_workbook,
}  # fmt: skip

__all__ = ["PARTS", "WRITERS", "Report", "Section", "build_report"]
