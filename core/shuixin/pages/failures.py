"""Error pages: what happened, what to do, and an incident number that the log carries too."""

import logging
import secrets
from collections.abc import Sequence

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError
from werkzeug.http import HTTP_STATUS_CODES

from shuixin.errors import Problem, Refused, ShuixinError, as_document
from shuixin.texts import Text, domain

_ = domain("shuixin")
log = logging.getLogger(__name__)

#: Status to (title, what to do).
WORDS: dict[int, tuple[Text, Text]] = {
    400: (_("请求不正确"), _("请返回上一页重新操作；如果页面已打开很久，请刷新后再提交。")),
    401: (_("需要有效的令牌"), _("请在请求头Authorization中提供Bearer令牌。")),
    403: (_("没有权限"), _("如需办理请联系本单位管理员。")),
    404: (_("页面不存在"), _("请检查地址，或从首页、站内搜索重新查找。")),
    405: (_("不支持的操作"), _("请返回上一页，使用页面上的按钮或链接。")),
    409: (_("内容已被更新"), _("请返回后刷新页面，重新核对再提交。")),
    413: (_("提交的内容过大"), _("请压缩文件，或分成几份提交。")),
    422: (_("填写有误"), _("请返回上一页改正后再提交，已填的内容仍在。")),
    500: (_("服务暂时不可用"), _("请稍后再试；如果仍然出现，请把事件编号告诉管理员。")),
}


def start(app: Flask) -> None:
    """Let *app* answer every error with our own page, or JSON below ``/api/``."""
    app.register_error_handler(ShuixinError, _ours)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(SecurityError, _foreign_host)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: ShuixinError) -> ResponseReturnValue:
    return _answer(error.status, str(error), problems=error.problems if isinstance(error, Refused) else ())


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    return _answer(400, str(_("页面已过期或不是从本站提交。")))


def _foreign_host(_error: SecurityError) -> ResponseReturnValue:
    """Answer in bare words: under a host that is not ours no address of a page can be made."""
    words = _("访问的域名不属于本站，请检查地址。域名由运维人员在设置项trusted_hosts中登记。")
    return Response(f"{words}\n", 400, mimetype="text/plain")


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    original = error.get_response()
    if 300 <= status < 400:
        return Response(original.get_data(), status, list(original.headers))
    answer = _answer(status, "")
    for name in ("Allow", "Retry-After"):
        if name in original.headers:
            answer.headers[name] = original.headers[name]
    return answer


def _unexpected(error: Exception) -> ResponseReturnValue:
    incident = secrets.token_hex(4).upper()
    # As Python writes it, so that line ends and terminal codes in an address make no entries of their own.
    log.error("incident %s: %s %r", incident, request.method, request.path, exc_info=error)
    return _answer(InternalServerError.code, "", incident)


def _answer(status: int, message: str, incident: str = "", problems: Sequence[Problem] = ()) -> Response:
    title, remedy = WORDS.get(status, WORDS[500 if status >= 500 else 400])
    if request.path.startswith("/api/"):
        return _for_systems(status, message or str(title), incident, problems)
    page = render_template(
        "shuixin/error.html",
        status=status,
        title=title,
        message=message,
        remedy=remedy,
        incident_id=incident,
        problems=[str(problem) for problem in problems],
    )
    return make_response(page, status)


def _for_systems(status: int, message: str, incident: str, problems: Sequence[Problem]) -> Response:
    code = HTTP_STATUS_CODES.get(status, "error").lower().replace(" ", "_")
    answer = make_response(jsonify(as_document(code, message, problems, incident)), status)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
