"""Sentences of the bot about the conversation itself; entries hold everything else."""

from faq.content.entries import Action

NEXT_STEP = "那请再试下面这一步。做完还不行，回复“还是不行”；想找工作人员，随时回复“人工”。"
NOTHING_LEFT = (
    "能自己试的办法都在前面了。要不要把问题和这段对话转给工作人员？回复“人工”就转，不用重复说明。"
)
HANDED_OVER = (
    "已经转给工作人员（编号{number}），{due}前答复您；这段对话一起转过去了，不用重复说明。"
)
NUMBER_NOTED = "记下了，工作人员会打这个号码联系您（编号{number}）。"
ASK_FOR_CONTACT = (
    "请回复您的手机号，我把问题和这段对话转给工作人员，由他们联系您；不想留号码，可以直接联系窗口。"
)
NOT_A_PHONE = "这个号码好像不对，请回复11位手机号；不想留号码，可以直接联系窗口业务人员。"
WITHOUT_NUMBER = (
    "好的，不留号码也可以：在“窗口查询”里找到电话，直接联系窗口业务人员。有其他问题请接着说。"
)
TOO_MANY_TICKETS = "您提交的问题已经比较多了，工作人员会依次答复；急办请直接联系窗口业务人员。"
CANNOT_HAND_OVER = "现在暂时转不到工作人员，请过几分钟再回复“人工”，急办请联系窗口业务人员。"
STAY_WITH_BOT = "好的。有其他问题请接着说；想找工作人员，随时回复“人工”。"
# After a misunderstood message within a topic.
STILL_OPEN = "刚才说的办法试了没用的，回复“还是不行”，我接着说下一步。"
CHOOSE_AGAIN = "没有这一项，请从下面几种里选一种，回复序号就行；都不是就回复“都不是”。"
# After "I don't know" to the bot's question; the steps have been shown.
NOT_KNOWN_EITHER = "不清楚也没关系，先照上面的办法试；没用就回复“还是不行”，我接着说下一步。"
ONE_AT_A_TIME = "您问了几件事，请先选一件；说完再把下一件发给我。"
WHICH_ONE = "请说说是哪一种，我才好告诉您怎么办。"
NONE_OF_THEM = "明白了。请把页面上的提示原样发给我，或说说卡在哪一步；也可以回复“人工”找工作人员。"

DISTRESS = (
    "听您这么说，我很担心您。办事的难处都能慢慢解决，请先照顾好自己。心里难受，随时可以拨打"
    "全国统一心理援助热线12356；有危险请马上拨打110或120，也请告诉身边的亲友。"
)
# Replacements for the sentences above.
WHAT_PEOPLE_DO_IN_DISTRESS = {
    ASK_FOR_CONTACT: "愿意的话，请回复手机号，我请工作人员联系您。",
    CANNOT_HAND_OVER: "",
    TOO_MANY_TICKETS: "",
}
# Promises no hour: it may be night.
HANDED_OVER_IN_DISTRESS = "我已请工作人员尽快联系您（编号{number}），这段对话他们也看得到。"

AID = Action.model_validate({"type": "call", "label": "拨打心理援助热线12356", "call": "12356"})
TICKETS = Action.model_validate(
    {"type": "page", "label": "查看办理进度", "page": "pages/tickets/index"}
)
