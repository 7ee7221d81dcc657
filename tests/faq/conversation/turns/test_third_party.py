import pytest

from faq.conversation.turns.third_party import is_about_another


@pytest.mark.parametrize(
    "text",
    [
        "我妈激活时手机号码不正确",
        "我媽收不到驗證碼",
        "我老婆收不到验证码，她在激活",
        "员工说他那边激活时网络连接失败",
        "帮同事问一下，他登录不了",
        "他用手机号登的",
        "她才试了一次",
        "我爸刷脸不通过",
        "是我妈不是我",
        "替人办的，刷脸过不了",
        "客户说手机没收到任何验证信息",
        "我们公司法人刷脸不通过",
        "我是她女儿，帮忙问问",
        "我是会计，老板登录不了",
        "老板让我帮他激活",
        "我帮我妈注册，用我的手机号",
        "我妈的身份证过期了能注册吗",
    ],
)
def test_third_party_matter_is_recognised(text: str) -> None:
    assert is_about_another(text)


@pytest.mark.parametrize(
    "text",
    [
        "激活时手机号码不正确",
        "我是法人，刷脸不通过",
        "我就是公司的股东，登录不了",
        "作为监事要刷脸吗，刷不过",
        "用我妈的手机收不到验证码",
        "用我老婆的13811112222收不到验证码",
        "手机号是我老公的，收不到验证码",
        "老板叫我激活，激活不了",
        "朋友帮我注册的，登录不了",
        "同事说我要激活",
        "身份证被朋友拿去注册了",
        "朋友用我的身份证注册了账号",
        "我和我妈的手机号一样",
        "不是我妈，是我自己",
        "他说我密码错误",
        "他提示核验数据缺失",
        "他就一直转圈",
        "其他的办法呢",
        "你们客户端打不开",
        "他妈的，登录不了",
        "",
    ],
)
def test_own_matter_is_recognised(text: str) -> None:
    assert not is_about_another(text)
    assert not is_about_another(text, so_far=False)


@pytest.mark.parametrize(
    "text", ["提示核验数据缺失", "还是不行", "我不知道", "我问问", "请告诉我怎么办", "他说密码错误"]
)
def test_third_party_matter_persists_in_follow_ups(text: str) -> None:
    assert is_about_another(text, so_far=True)
    assert not is_about_another(text)


@pytest.mark.parametrize("text", ["那我呢", "我自己也登录不了", "不是我妈，是我", "我的密码忘了"])
def test_own_matter_ends_the_third_party_matter(text: str) -> None:
    assert not is_about_another(text, so_far=True)
