"""Sample data behind the admin pages, so that each page has something to show."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

from faq.conversation import spot_checks
from faq.editing import drafts, question_sets
from faq.editing.publication import plans, review
from miniprogram_api import clock
from miniprogram_api.operations import announcements, outages
from miniprogram_api.staff.members import StaffMember
from models.chat import ChatReply
from models.faq.messages import FaqMessage
from models.faq.plans import FaqPlan
from models.second_person import CORRECT_PHONE, NOTARISED_PAPERS, VERIFICATION, SecondPersonRequest
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.people import photos
from tests.support.people.accounts import account_of
from tests.support.people.captures import FILES
from tests.support.people.persons import Person, make_phone, person
from tests.support.service.service import Service, data_of
from tests.support.service.waiting import eventually

SEEN = {"evidence_seen": "id_card", "reason": "多次刷脸未通过，核对原件一致"}
CONTACT = {"whose": "own", "proved_by": "manual", "consent_signed": "1"}
SLUG = "sms_not_received"


def fill(service: Service, member: StaffMember) -> list[str]:
    """Create sample data as ``member`` with all roles; return pages that no page links to."""
    desk = Desk(service, token_of(member))
    _ask(service)
    _operate(desk, member.actor)
    edited = _edit(desk, member.actor)
    return [
        *edited,
        *work_at_centre(service, desk),
        *_work_at_window(service, desk),
        *_receive_matter(desk),
    ]


def _ask(service: Service) -> None:
    """Ask the bot; a week ago, too, for spot checks."""
    for question, helpful in (("收不到验证码怎么办", False), ("推荐一部好看的电影", None)) * 2:
        said = data_of(service.post("/faq/ask", json={"question": question}))
        if helpful is not None:
            rating = {"helpful": helpful, "comment": "等了一小时还是没有"}
            service.post(f"/faq/messages/{said['message_id']}/feedback", json=rating)
    eventually(lambda: FaqMessage.select().count() >= 4)
    week = clock.milliseconds(clock.now()) - clock.milliseconds(clock.now() - timedelta(days=7))
    half = [row.id for row in FaqMessage.select(FaqMessage.id).order_by(FaqMessage.id)][:2]
    FaqMessage.update(asked_at=FaqMessage.asked_at - week).where(FaqMessage.id << half).execute()
    spot_checks.draw()


def _operate(desk: Desk, actor: str) -> None:
    announcements.save(
        None,
        title="系统升级",
        text="11月30日22:00至次日2:00系统升级，期间不能办理。",
        districts=[],
        starts_at=None,
        ends_at=None,
        actor=actor,
    )
    outages.switch_off(
        "sms", "短信通道故障，正在抢修", clock.now() + timedelta(hours=3), actor=actor
    )
    misuse = {"title": "越权查询", "kind": "misuse", "description": "一名人员查询了无关账号。"}
    desk.post("/system/incidents/new", misuse)
    letter = '{"msgtype": "text", "text": {"content": "您的工单有答复，请打开小程序查看。"}}'
    now = clock.now()
    ChatReply.create(openid="o-sample", content=letter, created_at=now, failed_at=now, code=45047)
    desk.post("/registrars/new", {"name": "企业登记系统", "daily_quota": "500", "networks": ""})


def _edit(desk: Desk, actor: str) -> list[str]:
    """Change content, plan, submit and import."""
    part = drafts.entry(SLUG)
    text = {**part.content, "answer": "验证码一小时最多发99次。"}
    drafts.save(part.key, text, based_on=part.revision, editor=actor)
    plans.look_on("two_ids_old_dates", clock.today() + timedelta(days=1), actor=actor)
    FaqPlan.create(
        kind="publish",
        name="name_symbol",
        parts='[["entry","name_symbol"]]',
        due_at=clock.now(),
        actor=actor,
        state="failed",
        problem="线上内容或草稿刚有变动，请重新检查后再发布。",
        made_at=clock.now(),
    )
    review.submit(actor=actor, slug=SLUG, override="文字改动，不影响回答")
    made = question_sets.create("读者来信", editor=actor)
    question_sets.put(made.id, [question_sets.Labelled("199用不了", ("0",))], editor=actor)
    rows = io.StringIO(newline="")
    csv.writer(rows).writerows(
        [
            ["标识", "类型", "标题", "分类", "答案", "步骤", "示例问题"],
            ["parking", "指南", "停车", "出行", "门口有车位。", "", "哪里停车"],
            ["Bad Slug", "指南", "坏", "出行", "没有。", "", "坏"],
        ]
    )
    file = {"file": ("条目.csv", rows.getvalue().encode("gb18030"))}
    preview = desk.post("/exchange", {}, page="/exchange", files=file)
    publication = f"/admin/entries/{SLUG}/publication"
    return [preview.headers["Location"], publication, f"{publication}/check"]


def work_at_centre(service: Service, desk: Desk) -> list[str]:
    """File two tickets: one claimed, one waiting for an approval."""
    colleague = Desk(service, token_of(member_of("centre", name="钱工")))
    numbers = []
    for order, kind in enumerate(("re_registration", "phone_change")):
        someone = person("王秀英", number=9401 + order)
        account_of(someone)
        body = {"kind": kind, "id_number": someone.id_number, "phone": make_phone(9406)}
        opened = service.post("/tickets", json=body, token=service.wechat_login(kind))
        numbers.append(str(data_of(opened, 201)["id"]))
    claimed, asked = (f"/centre/tickets/{number}" for number in numbers)
    desk.post(f"{claimed}/claim", page=claimed)
    colleague.post(f"{asked}/claim", page=asked)
    colleague.post(f"{asked}/correct_phone", {"reason": "核对户籍一致"}, page=asked)
    request = SecondPersonRequest.get(SecondPersonRequest.kind == CORRECT_PHONE)
    return [f"/admin{claimed}", f"/admin/second-person/{request.id}"]


def _work_at_window(service: Service, desk: Desk) -> list[str]:
    """Register one person, leave another halfway, and look a third up."""
    someone = person("张三丰", number=33)
    account_of(someone)
    found = _path(desk.post("/window", {"id_number": someone.id_number}))
    desk.post(f"{found}/open", {"reason": "at_window"}, page=found)
    acts = ("", "/verification", "/authorization", "/phone", "/tickets?kind=other")
    halfway = _verification_page(desk, person("周小川", number=54))
    ended = _path(
        desk.post(_verification_page(desk, person("李大山", number=53)), SEEN, files=FILES)
    )
    done = ended.replace("/authorization", "/done")
    steps = [halfway.replace("/verification", step) for step in ("/identity", "/contact")]
    paths = [*(f"{found}{act}" for act in acts), *steps, halfway, done]
    request = SecondPersonRequest.get(SecondPersonRequest.kind == VERIFICATION)
    reviewed = f"/second-person/{request.id}"
    return [f"/admin{path}" for path in (*paths, reviewed, _letter(service, desk))]


def _letter(service: Service, desk: Desk) -> str:
    """Verify a person without a phone and have it denied; return the path of the letter."""
    without_phone = {"whose": "none", "consent_signed": "1"}
    _path(
        desk.post(
            _verification_page(desk, person("孙小河", number=55), without_phone), SEEN, files=FILES
        )
    )
    request = SecondPersonRequest.select().order_by(SecondPersonRequest.id.desc()).get()
    review = f"/second-person/{request.id}"
    denial = {"decision": "deny", "cause": "not_same_person", "reason": "照片不符"}
    colleague = Desk(service, token_of(member_of("centre", "clerk", name="吴主任")))
    assert colleague.post(review, denial, page=review).status_code == 302
    return f"{review}/letter"


def _receive_matter(desk: Desk) -> list[str]:
    """Receive a matter of two persons: one at the desk, one abroad with filed papers."""
    names = ("name", "document.type", "document.number", "role")
    persons = [person("王建国", number=61), person("刘海外", number=62)]
    form = {"number": "收-1", "kind": "establishment", "step": "send"}
    form |= {"subject.name": "示例市云上科技有限公司", "subject.type": "有限责任公司"}
    form |= {"details.0.label": "注册资本", "details.0.value": "100万元"}
    for row, someone in enumerate(persons):
        values = (someone.name, "id_card", someone.id_number, "股东")
        form |= {f"persons.{row}.{name}": value for name, value in zip(names, values, strict=True)}
    matter = _path(desk.post("/window/matters/new", form))
    lines = re.findall(r'data-line="([^"]+)"', desk.get(matter).text)
    here, abroad = (f"{matter}/lines/{line}/person" for line in lines)
    confirming = _path(desk.post(here, page=matter))
    papers = _path(desk.post(abroad, {"papers": "1"}, page=matter))
    ids = re.findall(r'name="line_ids" value="([^"]+)"', desk.get(papers).text)[-1]
    notarised = {"line_ids": ids, "notary": "示例公证处", "number": "示证字1号"}
    scan = {"scan_1": ("文件.jpg", photos.portrait(), "image/jpeg")}
    today = clock.today().isoformat()
    filed = desk.post(papers, notarised | {"date": today}, files=scan)
    request = SecondPersonRequest.get(SecondPersonRequest.kind == NOTARISED_PAPERS)
    review = f"/second-person/{request.id}"
    assert filed.status_code == 302, filed.text
    return [f"/admin{path}" for path in (matter, f"{matter}/edit", confirming, papers, review)]


def _verification_page(
    desk: Desk, someone: Person, contact_fields: dict[str, str] = CONTACT
) -> str:
    """Complete two steps of a registration; return the path of the third."""
    identity = _path(desk.post("/window/registrations", someone.four_elements))
    contact = _path(desk.get(f"{identity}?check=1"))
    phone = {} if contact_fields["whose"] == "none" else {"phone": someone.phone}
    return _path(desk.post(contact, contact_fields | phone))


def _path(answer: Any) -> str:
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"]).removeprefix("/admin").partition("?")[0]
