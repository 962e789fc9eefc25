"""Documents: PDF from typst templates, Word from Word templates, QR codes.

    render_pdf('#import "base.typ": letter, data\n#show: letter.with(title: data.title)\n#data.body', {"title": …})
    render_word(template_bytes, {"party": "…"})     # {{ party }} in the file that staff edit in WPS
    qr_code("https://www.example.gov.cn/credit/…")  # one path for a page's own <svg>, or a file by .svg()

Templates are code: only administrators may change them. Data never becomes part of a template.
"""

from shuixin.kit.documents.pdf import render_pdf
from shuixin.kit.documents.qr import QRCode, qr_code
from shuixin.kit.documents.word import render_word

__all__ = ["QRCode", "qr_code", "render_pdf", "render_word"]
