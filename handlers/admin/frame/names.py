"""Whom and what a page names: people by their names or by what they are, roles, sources."""

import re
from collections.abc import Collection

from miniprogram_api import dead_letters, staff

# The roles by the names that people read.
ROLE_NAMES = {
    "editor": "常见问题编辑",
    "operator": "运行管理",
    "clerk": "窗口人员",
    "centre": "信息中心",
    "auditor": "审计",
    "administrator": "系统管理员",
}

ROLE_TEXTS = {
    "editor": "编写和发布常见问题，处理没答好的问题。",
    "operator": "管理号段、公告、来源开关、登记系统和未送达的消息。",
    "clerk": "在窗口为群众核验、代为注册、向信息中心报送。",
    "centre": "处理报送的工单，双人复核后生效。",
    "auditor": "查看全部内容，不能修改任何内容。",
    "administrator": "管理工作人员、角色和登记系统的接入，看不到群众的个人信息。",
}

# What is asked outside.
SOURCE_NAMES = {
    "sms": "短信验证码",
    "identity": "四要素核验",
    "face": "刷脸核验",
    "ctid": "网证（CTID）",
}

# What a message is that was not delivered.
LETTERS = {
    dead_letters.REPLY: "聊天回复",
    dead_letters.SUBSCRIPTION: "订阅消息",
    dead_letters.EVENT: "登记系统通知",
}

_OTHERS = {
    "product": "随产品提供",
    "command": "命令行",
    "worker": "后台任务",
    "stranger": "未登录的人",
}
_PREFIXES = {
    "command": "命令行",
    "account": "账号本人",
    "registrar": "登记系统",
    "wechat": "微信用户",
}


def actor_names(actors: Collection[str]) -> dict[str, str]:
    """``staff:3`` → the member's name, ``command:root`` → 命令行（root）.

    What is unknown stands for itself.
    """
    ids = {
        actor: int(actor.removeprefix("staff:"))
        for actor in actors
        if actor.startswith("staff:") and actor[6:].isdecimal()
    }
    known = staff.names_of(list(ids.values())) if ids else {}
    return {
        actor: known.get(ids[actor], actor) if actor in ids else _other_name(actor)
        for actor in actors
    }


def actors_called(text: str) -> list[str]:
    """Who is meant by a name, a user name, or what ``actor_names`` says; ``staff:3`` is itself."""
    if re.fullmatch(r"[a-z]+:\S+", text) or text in _OTHERS:
        return [text]
    wanted = text.lower()
    people = [m.actor for m in staff.members() if wanted in (m.name.lower(), m.username.lower())]
    others = [actor for actor, name in _OTHERS.items() if name == text]
    found = re.fullmatch(r"(.+)（(.+)）", text)
    if found is not None:
        kinds = (kind for kind, name in _PREFIXES.items() if name == found[1])
        others += [f"{kind}:{found[2]}" for kind in kinds]
    return people + others


def _other_name(actor: str) -> str:
    kind, _, name = actor.partition(":")
    if not name or kind not in _PREFIXES:
        return _OTHERS.get(actor, actor)
    # What WeChat calls somebody is long and tells nobody anything.
    shown = f"{name[:6]}…" if kind == "wechat" else name
    return f"{_PREFIXES[kind]}（{shown}）"


def letter_name(key: str) -> str:
    """``reply-4`` → 聊天回复4号."""
    kind, _, number = key.partition("-")
    return f"{LETTERS[kind]}{number}号" if kind in LETTERS else key
