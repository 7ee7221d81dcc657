"""The page of the sheet's template: saving, earlier versions, a preview as PDF."""

import pytest

from miniprogram_api.sheets import templates
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.service.service import Service

PAGE = "/sheet-template"


@pytest.fixture
def operator(desk_service: Service) -> Desk:
    """Return an operator's pages."""
    return Desk(desk_service, token_of(member_of("operator")))


def test_saved_template_is_in_force_and_earlier_ones_stay(operator: Desk) -> None:
    form = templates.as_form(templates.built_in()) | {"title": "实名登记确认表格", "by_line": "1"}
    assert operator.post(PAGE, form).status_code == 302
    assert templates.in_force().title == "实名登记确认表格"
    shown = operator.get(PAGE).text
    assert 'value="实名登记确认表格"' in shown
    assert "第1版" in shown
    assert 'value="登记注册身份认证人像信息"' in operator.get(f"{PAGE}?version=0").text


def test_preview_is_a_pdf_and_saves_nothing(operator: Desk) -> None:
    form = templates.as_form(templates.built_in()) | {"title": "试一试"}
    answer = operator.post(f"{PAGE}/preview", form)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["Cache-Control"] == "no-store"
    assert templates.in_force() == templates.built_in()


@pytest.mark.parametrize("page", [PAGE, f"{PAGE}/preview"])
def test_faulty_form_comes_back(operator: Desk, page: str) -> None:
    form = templates.as_form(templates.built_in()) | {"title": "", "label_way": "长" * 17}
    answer = operator.post(page, form)
    assert answer.status_code == 422
    assert "请填写。" in answer.text
    assert "不超过16个字" in answer.text


def test_auditor_reads_and_changes_nothing(desk_service: Service) -> None:
    auditor = Desk(desk_service, token_of(member_of("auditor")))
    assert ">保存<" not in auditor.get(PAGE).text
    form = templates.as_form(templates.built_in())
    assert auditor.post(PAGE, form).status_code == 403
