"""Ask vendors about our account: quotas, templates, signatures, packages. Sends no personal data.

Every method makes one real call without effect and raises UpstreamError without an answer,
WeChatError or VendorError for a refusal.
"""

import base64
import io
from functools import cached_property
from typing import Any, NamedTuple

from PIL import Image
from tencentcloud.faceid.v20180301.faceid_client import FaceidClient
from tencentcloud.iai.v20200303.iai_client import IaiClient
from tencentcloud.sms.v20210111.sms_client import SmsClient

from config import Settings
from miniprogram_api import clock
from miniprogram_api.clients import ctid
from miniprogram_api.clients.guards.guard import Guards
from miniprogram_api.clients.sms.aliyun import AliyunSms
from miniprogram_api.clients.tencent import TencentCloud, VendorError, told
from miniprogram_api.clients.upstream import Upstream
from miniprogram_api.clients.wechat_api import WeChatApi

# 0 is the mainland.
_MAINLAND = 0
_PAGE = 100
# CheckIdNameDate judges no number of this form, and charges nothing for it.
_NO_NUMBER = "0" * 18
_NO_NAME = "A"
_SIZE = (100, 100)
_ABSENT_AT_ALIYUN = frozenset(
    {"isv.SMS_TEMPLATE_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_SIGN_ILLEGAL"}
)


class SmsTemplate(NamedTuple):
    """A template; ``status`` is 0 approved, 1 in review, 2 not yet in force, -1 refused."""

    status: int
    content: str


class VendorConsole:
    """Call WeChat and Tencent Cloud about the account that the settings name."""

    def __init__(self, settings: Settings, api: WeChatApi, guards: Guards) -> None:
        self._settings = settings
        self._api = api
        self._guards = guards

        def cloud(name: str, endpoint: str, client_class: type) -> TencentCloud:
            recorder = guards.answers.of(name, told)
            return TencentCloud(
                settings, recorder, endpoint, settings.upstream_timeout, client_class
            )

        self._sms = cloud("sms", settings.tencentcloud_sms_endpoint, SmsClient)
        self._faceid = cloud("identity", settings.tencentcloud_faceid_endpoint, FaceidClient)
        self._ctid = Upstream(
            guards.answers.of("ctid", ctid.told),
            settings.ctid_base,
            timeout=settings.upstream_timeout,
            connections=1,
            production=settings.profile == "production",
        )
        self._iai = cloud("face-compare", settings.tencentcloud_iai_endpoint, IaiClient)

    @cached_property
    def _aliyun(self) -> AliyunSms:
        """Return the second SMS vendor, which has a breaker only where it is used."""
        return AliyunSms(self._settings, self._guards)

    def wechat_token(self) -> None:
        """Ask WeChat for the access token (stable_token)."""
        self._api.fetch_access_token()

    def wechat_quota(self, path: str) -> tuple[int, int]:
        """Return how often a call may still be made today, and how often in all (0: no limit)."""
        quota = self._api.post("/cgi-bin/openapi/quota/get", data={"cgi_path": path})["quota"]
        return int(quota["remain"]), int(quota["daily_limit"])

    def subscription_templates(self) -> dict[str, str]:
        """Return id → content of the mini program's subscription templates (gettemplate)."""
        listed = self._api.get("/wxaapi/newtmpl/gettemplate")["data"]
        return {one["priTmplId"]: one["content"] for one in listed}

    def unknown_face_check(self) -> None:
        """Ask for the result of a face check that does not exist; always a refusal."""
        self._api.post(
            "/cityservice/face/identify/queryverifyinfo",
            data={"verify_id": "none", "out_seq_no": "none0", "cert_hash": "0", "openid": "none"},
        )

    def sms_templates(self) -> dict[str, SmsTemplate]:
        """Return the SMS templates by id."""
        listed = self._listed("DescribeSmsTemplateList", "DescribeTemplateStatusSet")
        return {
            str(one["TemplateId"]): SmsTemplate(int(one["StatusCode"]), str(one["TemplateContent"]))
            for one in listed
        }

    def sms_signatures(self) -> dict[str, int]:
        """Return name → status of the SMS signatures: 0 approved, 1 in review, -1 refused."""
        listed = self._listed("DescribeSmsSignList", "DescribeSignListStatusSet")
        return {str(one["SignName"]): int(one["StatusCode"]) for one in listed}

    def sms_left(self) -> int:
        """Return how many SMS the packages of the application still hold."""
        now = clock.now()
        query = {
            "SmsSdkAppId": self._settings.sms_sdk_app_id,
            "Limit": _PAGE,
            "Offset": 0,
            "BeginTime": f"{now.replace(year=now.year - 5, day=1):%Y%m%d%H}",
            "EndTime": f"{now:%Y%m%d%H}",
        }
        packages = self._sms.call("SmsPackagesStatistics", query)["SmsPackagesStatisticsSet"]
        return sum(
            max(0, int(one["PackageAmount"]) - int(one["CurrentUsage"]))
            for one in packages
            if int(one["PackageExpiredTime"]) > now.timestamp()
        )

    def aliyun_template(self, number: str) -> SmsTemplate | None:
        """Return a template of the second SMS vendor (QuerySmsTemplate), None for an unknown one.

        Its status is 0 in review, 1 approved, 2 refused, 10 withdrawn.
        """
        answer = self._ask_aliyun("QuerySmsTemplate", {"TemplateCode": number})
        if answer is None:
            return None
        return SmsTemplate(int(answer["TemplateStatus"]), str(answer["TemplateContent"]))

    def aliyun_signature(self, name: str) -> int | None:
        """Return the status of a signature, as of a template (QuerySmsSign)."""
        answer = self._ask_aliyun("QuerySmsSign", {"SignName": name})
        return None if answer is None else int(answer["SignStatus"])

    def _ask_aliyun(self, action: str, parameters: dict[str, str]) -> dict[str, Any] | None:
        answer = self._aliyun.call(action, parameters)
        code = str(answer["Code"])
        if code in _ABSENT_AT_ALIYUN:
            return None
        if code != "OK":
            raise VendorError(code, answer.get("RequestId"))
        return answer

    def identity_form(self) -> str:
        """Check a number that is none; the result is -2 where the service is open."""
        query = {
            "Name": _NO_NAME,
            "IdCard": _NO_NUMBER,
            "ValidityBegin": "20000101",
            "ValidityEnd": "00000000",
        }
        return str(self._faceid.call("CheckIdNameDate", query).get("Result"))

    def faceless_pictures(self) -> None:
        """Compare two black pictures; always a refusal."""
        file = io.BytesIO()
        Image.new("RGB", _SIZE).save(file, "JPEG")
        picture = base64.b64encode(file.getvalue()).decode()
        self._iai.call(
            "CompareFace", {"ImageA": picture, "ImageB": picture, "FaceModelVersion": "3.0"}
        )

    def unknown_credential(self) -> str:
        """Show CTID a token that it does not know; return the code of its answer."""
        body = {"token": "none", "name": _NO_NAME, "id_number": _NO_NUMBER}
        return ctid.told(self._ctid.send("POST", "/ctid/verifications", json=body)).code

    def _listed(self, action: str, member: str) -> list[dict[str, Any]]:
        """Return all entries of a list, page after page."""
        entries: list[dict[str, Any]] = []
        while True:
            query = {"International": _MAINLAND, "Limit": _PAGE, "Offset": len(entries)}
            page = self._sms.call(action, query)[member]
            entries += page
            if len(page) < _PAGE:
                return entries
