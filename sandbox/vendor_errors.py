"""Errors of the vendors that refuse a whole call."""


class TencentError(Exception):
    """An error of Tencent Cloud's API 3.0, for example code ``AuthFailure.SignatureFailure``."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(code)


class WeChatError(Exception):
    """An error of WeChat's API: a number and its short text."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        self.errcode = errcode
        self.errmsg = errmsg
        super().__init__(errmsg)
