"""The outside world for a laptop and for tests: one small server that plays the vendors.

``python -m sandbox --port 8001`` speaks the real wire formats over real HTTP, so that the service's
real clients are what runs. It imports nothing of the product, keeps everything in memory (bounded)
and forgets it when it ends. Every answer carries the header ``X-Sandbox: 1``.

What it plays
    * WeChat (``wechat.py``, ``face.py``): ``/sns/jscode2session``, ``/cgi-bin/stable_token``,
      ``/wxa/business/getuserphonenumber``, ``/cityservice/face/identify/…``,
      ``/cgi-bin/message/…``, ``/wxa/msg_sec_check``. The code ``wx-NAME`` is the user ``o-NAME``,
      ``phone-1XXXXXXXXXX`` is that phone number. A code works once; what follows a ``~`` makes
      another code for the same user or number (``wx-NAME~2``).
    * Tencent Cloud (``tencent.py``, ``sms.py``, ``faceid.py``): ``POST /`` with ``X-TC-Action``
      ``SendSms``, ``CheckIdNameDate``, ``ImageRecognitionV2``; the TC3 signature is checked.
    * CTID, the network identity (``ctid.py``): ``POST /ctid/verifications``, token
      ``ctid-ok-IDNUMBER``.

Whom it knows (``people.py``)
    Only ID numbers whose sequence code (digits 15 to 17) is 990 to 999, so no real person passes.
    They match, except by what the name contains (不符, 无效, 源忙, …).

What a person at the laptop or a test does with it (``control.py``)
    ``GET /sandbox/inbox?phone=`` (JSON, or a page for a browser), ``/sandbox/wechat/messages``,
    ``/sandbox/calls?action=``, ``POST /sandbox/faults``, ``/sandbox/wechat/face``,
    ``/sandbox/clear``.

The chat as a WeChat user has it (``chat.py``, ``pushes.py``)
    ``GET /sandbox/wechat/chat?openid=`` is a page to write into; ``POST /sandbox/wechat/push``
    ``{openid, text}`` pushes to the service at WECHAT_PUSH_URL, signed and encrypted as
    WECHAT_TOKEN, WECHAT_ENCODING_AES_KEY, WECHAT_PUSH_MODE and WECHAT_PUSH_FORMAT say. Whoever
    wrote here gets no more messages than WeChat lets through. ``POST
    /sandbox/wechat/subscriptions`` ``{openid, template_id, accepted}`` says how often a user
    accepted a subscription template.

Credentials come from the environment: WECHAT_APPID, WECHAT_SECRET, TENCENTCLOUD_SECRET_ID (each is
checked when it is set) and TENCENTCLOUD_SECRET_KEY (required: a signature cannot be checked
without it).
"""
