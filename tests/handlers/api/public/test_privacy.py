"""GET /privacy answers to everyone, from the retention table and the list of receivers."""

from miniprogram_api.accounts import consents, privacy
from tests.support.service.service import Service, data_of


def test_notice_is_public_and_whole(service: Service) -> None:
    notice = data_of(service.get("/privacy"), 200)
    assert set(notice) == {"version", "processor", "data", "receivers", "rights"}
    assert notice["version"] == consents.current_text().version
    assert notice["processor"] == {
        "name": "沙箱示例单位（不是真实机构）",
        "address": "沙箱示例地址（不是真实地址）",
        "phone": "010-00000000",
        "data_protection_officer": "沙箱示例负责人（不是真实的人），010-00000000",
    }
    assert [row["key"] for row in notice["data"]] == [row.key for row in privacy.personal_data()]
    assert {row["ground"] for row in notice["data"]} == {"statute", "consent"}
    identity = notice["data"][0]
    assert identity["ground"] == "statute"
    assert "《市场主体登记管理条例实施细则》第十六条" in identity["source"]
    assert identity["withdrawal"] is None
    assert {"label": "我的同意", "page": "pages/account/consents"} in [
        way for right in notice["rights"] for way in right["ways"]
    ]
    assert len(notice["receivers"]) == len(privacy.RECEIVERS)
