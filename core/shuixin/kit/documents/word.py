"""Word files from templates that staff edit in Word or WPS: ``{{ field }}``, ``{% for … %}``, and nothing that acts."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shuixin.errors import Refused
from shuixin.texts import domain

_ = domain("shuixin")


class _DataOnly(ImmutableSandboxedEnvironment):
    """A template may show data and walk through lists; it may call nothing but filters."""

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002 - their signature
        """Return ``False``: data has no functions, and those that objects bring are none of a template's business."""
        return False


def render_word(template: bytes, data: Mapping[str, Any]) -> bytes:
    """Return the .docx that *template* makes of *data*; what is inserted stays text, whatever it looks like.

    :raises Refused: *template* is no .docx, names a field that *data* lacks, or tries more than to show data.
    """
    # Imported here: only those need them who make documents.
    from docx.opc.exceptions import PackageNotFoundError
    from docxtpl import DocxTemplate

    environment = _DataOnly(autoescape=True, undefined=StrictUndefined)
    try:
        document = DocxTemplate(BytesIO(template))
        document.render(dict(data), environment, autoescape=True)
        made = BytesIO()
        document.save(made)
    except TemplateError as error:
        raise Refused(_("文书模板有误：{reason}。请核对模板后再生成。", reason=str(error))) from error
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError) as error:
        raise Refused(_("文书模板不是有效的docx文件，请用Word或WPS另存为docx后再上传。")) from error
    return made.getvalue()
