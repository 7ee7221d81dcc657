"""Rendering of admin pages, and of refusals as pages."""

from collections.abc import Mapping
from typing import Any, TypeVar

from flask import Response, make_response, render_template, request

from handlers import page_headers
from handlers.admin.frame import menu
from handlers.admin.frame.access import Visit, find_visit
from handlers.errors import error_content
from handlers.exchange import present_request
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import Permission
from miniprogram_api.texts.sentences import sentence

Row = TypeVar("Row")

# What a page says after an act, by the word in its address: nobody can make it say something else.
DONE = {
    "saved": "已保存。",
    "password": "密码已修改，其他设备上的登录已全部退出。",
    "signed_out": "已退出登录。",
    "signed_out_everywhere": "已在所有设备上退出登录。",
    "published": "已发布，所有用户从下一个问题起看到新内容。",
    "roles": "角色已修改，从对方下一次操作起生效。",
    "claimed": "已领取，可以办理了。",
    "released": "已退回队列，其他同事可以领取。",
    "opened": "已打开，30分钟内可以查看，查看原因已记入台账。",
    "asked": "提请已送出。",
    "acted": "已办理，结果会告知本人。",
    "approved": "已批准并办理，结果会告知本人。",
    "refused": "已退回，工单仍由原经办人处理。",
    "withdrawn": "提请已撤回，可以继续办理工单。",
    "nothing": "现在没有可以领取的工单。",
    "submitted": "已提交审核。",
    "signed": "已记下，签了您的名字。",
    "resent": "已安排重新发送。",
    "dropped": "已不再发送，理由记入审计日志。",
    "settled": "已处理，检查并发布后生效。",
    "reopened": "已放回待处理。",
    "begun": "已新建草稿；写好后点“参与发布”，再检查发布。",
    "imported": "已导入。",
    "filed": "已报送省局信息中心，可以补拍证件照片。",
    "picture": "照片已保存。",
    "frozen": "账号已冻结，工单由信息中心处理。",
    "ended": "工单已办结，本人会收到答复。",
    "confirmed": "复核通过，已记入台账。",
    "revoked": "已撤销，账号退回3级，本人会收到通知。",
    "erased": "个人信息已删除，台账里新增了一条删除记录。",
    "sealed": "已结束的月份都已封存，请下载封存文件并异地保存。",
    "nothing_to_seal": "没有需要封存的月份。",
    "key_revoked": "已停用，该系统不能再查询，也不再收到推送。",
    "deactivated": "账号已停用，其登录已全部退出。",
    "unlocked": "已解除锁定，对方现在就可以重新登录。",
}


class Errors(dict[str, str]):
    """The sentences of a refused form by field, collected by ``with``.

    errors = Errors()
    if request.method == "POST":
        with errors:
            number_ranges.remove(prefix)
            return redirect(url_for(".list", done="saved"))
    return render(visit, "system/form.html", errors=errors)

    ``also``: the field and the sentence for refusals that are not about fields.
    """

    def __init__(self, also: Mapping[Reason, tuple[str, str]] | None = None) -> None:
        super().__init__()
        self._also = also or {}

    def __enter__(self) -> None:
        """Begin to collect."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        """Keep the sentences of a refusal that is about fields; raise anything else."""
        if not isinstance(error, Refused):
            return False
        if error.reason is Reason.INVALID_INPUT:
            self.update(field_errors(error))
        elif error.reason in self._also:
            self.update([self._also[error.reason]])
        else:
            return False
        return True


def render(visit: Visit, template: str, status: int | None = None, **values: Any) -> Response:
    """Render a page for this visitor.

    The status is by default 422 for a form that comes back (with ``errors`` or a ``message``).
    """
    if status is None:
        status = 422 if values.get("errors") or values.get("message") else 200
    text = render_template(
        template,
        visit=visit,
        member=visit.member,
        csrf=visit.csrf,
        menu=menu.shown(visit),
        permissions=Permission,
        done=_done(status),
        **values,
    )
    return _finished(text, status)


def render_public(template: str, status: int = 200, **values: Any) -> Response:
    """Render a page for a visitor without a session."""
    return _finished(render_template(template, done=_done(status), **values), status)


def cut(found: list[Row], most: int) -> tuple[list[Row], Row | None]:
    """Split off the row that was read beyond a page.

    Returns the rows of the page, and the last of them when there are more behind it.
    """
    shown = found[:most]
    return shown, shown[-1] if len(found) > most else None


def field_errors(refused: Refused) -> dict[str, str]:
    """Map the fields of a refused form to sentences; raise any other refusal again."""
    if refused.reason is not Reason.INVALID_INPUT:
        raise refused
    return {item["field"]: item["message"] for item in refused.details["fields"]}


# What is said of these to somebody at a page, where the API speaks to a program or its user.
_AT_PAGES = {
    Reason.MALFORMED_JSON: "提交的内容没能识别，请返回上一页重试。",
    Reason.BODY_TOO_LARGE: "提交的内容或文件太大，没有保存；请返回上一页，缩小后再提交。",
    Reason.METHOD_NOT_ALLOWED: "这个地址不能这样打开，请返回上一页，用页面上的按钮操作。",
    Reason.UNSUPPORTED_MEDIA_TYPE: "提交的格式不被支持，请返回上一页重试。",
    Reason.INTERNAL_ERROR: "系统出了差错，已经记录下来，请过几分钟再试；仍不行请联系运行管理人员。",
}
# What is said of a form that ``access`` turned away, by its cause: no permission is lacking.
_NOT_OUR_FORM = {
    "form": "打开这个页面之后您重新登录过，内容没有保存；请返回上一页，刷新后再提交。",
    "origin": "不是从本站页面提交的，没有处理；每次都这样的，请检查代理是否转发Host。",
}
# Nothing may be looked up for these: what it would be looked up in may be what fails.
_OUR_FAULTS = frozenset({Reason.SERVICE_UNAVAILABLE, Reason.INTERNAL_ERROR})


def message_of(refused: Refused) -> str:
    """Return the sentence of a refusal, or those of its fields."""
    if refused.reason is Reason.INVALID_INPUT:
        return "".join(str(item["message"]) for item in refused.details["fields"])
    return str(error_content(refused)["message"])


def refusal_page(refused: Refused) -> Response:
    """Render a refusal as a page, for htmx as the sentence alone."""
    present_request().refused = refused
    status = refused.reason.status
    message = _message(refused)
    if "HX-Request" in request.headers:
        return _finished(render_template("frame/refusal_part.html", message=message), status)
    visit = None if refused.reason in _OUR_FAULTS else find_visit()
    if visit is None:
        return render_public("frame/refusal_public.html", status, message=message)
    return render(visit, "frame/refusal.html", status, message=message, reason=refused.reason.name)


def _message(refused: Refused) -> str:
    if refused.reason is Reason.FORBIDDEN and "cause" in refused.details:
        return _NOT_OUR_FORM[refused.details["cause"]]
    own = None if refused.details else _AT_PAGES.get(refused.reason)
    return own or sentence(refused.reason, refused.details)


def _done(status: int) -> str | None:
    """Return the message of the address.

    Only after a GET without an error: a refused form has the address of the act before it.
    """
    if status >= 400 or request.method not in ("GET", "HEAD"):
        return None
    return DONE.get(request.args.get("done", ""))


def _finished(text: str, status: int) -> Response:
    response = page_headers.secure(make_response(text, status))
    response.headers["Cache-Control"] = "no-store"
    return response
