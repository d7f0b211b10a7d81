"""What looks like a formula is text in the sheet, and numbers are numbers."""

import zipfile
from pathlib import Path

from cti_server.recording.export.sheet import Sheet


def test_no_cell_is_a_formula_or_a_link(tmp_path: Path) -> None:
    sheet = Sheet(tmp_path / "a.xlsx", ("id", "customer"))
    sheet.add([(1, "=HYPERLINK(1)"), (2.5, "http://evil.example"), (None, "王小明 <&>\x01")])
    sheet.close()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        names = book.namelist()
        text = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in text
    assert "hyperlink" not in text.lower().replace("=hyperlink(1)", "")
    assert "=HYPERLINK(1)" in text
    assert '<c r="A2"><v>1</v></c>' in text
    assert "王小明 &lt;&amp;&gt;" in text
    assert not any("externalLink" in name for name in names)
