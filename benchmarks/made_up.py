"""Synthetic content of any size, about the services of a government office.

An entry is a matter (食品经营许可证 …) with a request (补办 …); its examples have many forms. The
content is deterministic.
"""

import random
from collections.abc import Iterator

from faq.content import seed
from faq.content.entries import Content

EXAMPLES = 15

_PLACES = ("", "跨省", "线上", "个人", "企业", "个体户", "农村", "外资", "分公司", "园区", "村集体")
_MATTERS = (
    *("食品经营许可证", "卫生许可证", "烟草专卖证", "道路运输证", "出版物许可", "医疗器械备案"),
    *("特种设备登记", "施工许可", "排污许可", "取水许可", "消防验收", "人防备案", "房屋租赁备案"),
    *("不动产登记", "居住证", "社保卡", "公积金账户", "医保账户", "养老待遇", "失业补助"),
    *("残疾人补贴", "高龄津贴", "临时救助", "助学贷款", "学籍转移", "教师资格", "职业资格"),
    *("技能补贴", "创业贷款", "人才公寓", "购房资格", "车辆年检", "驾驶证", "行驶证", "电动车牌照"),
    *("商标", "专利费", "著作权", "广告发布", "户外招牌", "演出许可", "网吧经营", "旅行社许可"),
    *("导游证", "宾馆特行证", "印章备案", "发票领用", "纳税信用", "出口退税", "税务注销"),
    *("海关备案", "原产地证", "检验检疫", "渔业捕捞证", "种子经营", "农药经营", "兽药许可"),
    *("动物防疫证", "林木采伐", "草原使用", "矿产开采", "测绘资质", "建筑资质", "监理资质"),
    *("招标备案", "水电报装", "燃气开户", "宽带备案", "殡葬补贴", "婚姻登记", "收养登记"),
    *("流动人口登记", "户口迁移", "港澳通行", "护照", "签注", "无犯罪证明", "出生证明"),
    *("老年优待证", "献血证", "健康证", "义工证", "工伤认定", "劳动仲裁", "欠薪投诉", "信访事项"),
    *("法律援助", "公证", "司法鉴定", "律师执业", "会计证", "统计登记", "档案查询", "地名证明"),
)
_WANTS = (
    ("怎么办理", ("怎么办", "在哪里办", "如何申请", "想办一个")),
    ("丢了补办", ("丢了怎么补", "遗失了", "弄丢了要补", "不见了能补吗")),
    ("到期延续", ("到期了", "快过期怎么续", "延续", "过期了还能续吗")),
    ("信息变更", ("信息填错要改", "变更登记", "改个名称", "换地址要不要改")),
    ("进度查询", ("办到哪一步了", "查进度", "几天能下来", "怎么还没批")),
    ("收费标准", ("要多少钱", "收费吗", "费用怎么算", "能不能减免")),
    ("所需材料", ("要带什么材料", "需要哪些资料", "材料清单", "复印件行不行")),
    ("审核退回", ("被退回来了", "审核不通过", "说材料不齐", "驳回原因在哪看")),
    ("注销", ("不要了怎么注销", "注销流程", "想取消", "停了以后怎么销")),
    ("系统报错", ("页面打不开", "提交时报错", "一直转圈", "提示系统异常")),
)
_FORMS = (
    *("{m}{w}", "请问{m}{w}", "{m}，{w}", "你好，我的{m}{w}", "{m} {w} 急", "咨询一下{m}{w}"),
    *("我想问{m}{w}呢", "窗口：{m}{w}", "{w}，是{m}", "{m}{w}啊", "关于{m}，{w}", "老师{m}{w}"),
    *("{m}这个{w}咋弄", "昨天去弄{m}，{w}", "麻烦问下{m}{w}谢谢", "{m}{w}？？", "有人知道{m}{w}吗"),
)


def content(entries: int, examples: int = EXAMPLES) -> Content:
    """Build the shipped small talk and lists with this many synthetic entries."""
    state = seed.load().model_dump(by_alias=True, exclude_none=True)
    state["entries"] = [
        {
            "slug": f"made_up_{number}",
            "kind": "guide",
            "title": title,
            "category": "办事",
            "answer": f"{title}请到窗口或网上大厅办理。",
            "questions": questions,
        }
        for number, (title, questions) in zip(range(entries), _entries(examples), strict=False)
    ]
    if len(state["entries"]) < entries:
        raise ValueError(f"There are no {entries} different matters")
    return Content.model_validate(state)


def questions(entries: int, count: int) -> list[str]:
    """Build questions about the entries that are no examples."""
    titles = [title for _, (title, _) in zip(range(entries), _entries(EXAMPLES), strict=False)]
    draw = random.Random(7)
    forms = ("打扰了，{t}的事", "{t}到底找谁", "我来办{t}", "{t}，在线等", "为什么{t}这么麻烦")
    return [draw.choice(forms).format(t=draw.choice(titles)) for _ in range(count)]


def _entries(examples: int) -> Iterator[tuple[str, list[str]]]:
    matters = [place + matter for place in _PLACES for matter in _MATTERS]
    pairs = [(matter, want) for matter in matters for want in _WANTS]
    random.Random(5).shuffle(pairs)
    for number, (matter, (want, ways)) in enumerate(pairs):
        draw = random.Random(number)
        sentences = dict.fromkeys(
            form.format(m=matter, w=way) for form in _FORMS for way in (want, *ways)
        )
        yield f"{matter}{want}", draw.sample(list(sentences), examples)
