"""A server that simulates the vendors, for development and tests.

``python -m sandbox --port 8001`` speaks the real wire formats over HTTP, so that the service's real
clients run. It imports nothing of the product and keeps a bounded state in memory only. Every
answer has the header ``X-Sandbox: 1``.

Vendors
    * WeChat (``wechat.py``, ``face.py``, ``cards.py``): ``/sns/jscode2session``,
      ``/cgi-bin/stable_token``, ``/wxa/business/getuserphonenumber``,
      ``/cityservice/face/identify/…``, ``/cgi-bin/message/…``, ``/wxa/msg_sec_check``,
      ``/cv/ocr/idcard``. The code ``wx-NAME`` is the user ``o-NAME``, ``phone-1XXXXXXXXXX`` is that
      phone number. A code works once; a suffix after ``~`` makes another code for the same user or
      number (``wx-NAME~2``).
    * Tencent Cloud (``tencent.py``, ``products``): ``POST /`` with ``X-TC-Action``
      ``SendSms``, ``PullSmsSendStatus``, ``CheckIdNameDate``, ``ImageRecognitionV2``; the TC3
      signature is checked.
    * Alibaba Cloud SMS as the second gateway (``products/aliyun.py``): ``POST /aliyun/`` with
      ``SendSms``, ``QuerySendDetails``; the signature is checked.
    * CTID, the network identity (``ctid.py``): ``POST /ctid/verifications``, token
      ``ctid-ok-IDNUMBER``.
    * A language model as the bot's reader (``model.py``): ``POST /v1/chat/completions``.

People (``people.py``)
    Only ID numbers whose sequence code (digits 15 to 17) is 990 to 999 exist, so no real person
    passes. They match, unless the name contains a marker (不符, 无效, 源忙, …).

Control by developers and tests (``control.py``)
    ``GET /sandbox/inbox?phone=`` (JSON, or a page for a browser), ``/sandbox/wechat/messages``,
    ``/sandbox/calls?action=``, ``POST /sandbox/faults``, ``/sandbox/wechat/face``,
    ``/sandbox/clear``.

The carriers (``products/carriers.py``)
    ``POST /sandbox/sms/phones`` sets what becomes of messages to a phone; ``/sandbox/sms/reports``
    pushes delivery reports.

Our account at the vendors (``products/account.py``)
    ``POST /sandbox/account`` plants what is wrong with templates, signatures, packages and quotas.

Sample ID cards (``cards.py``)
    ``GET /sandbox/cards`` is a page to fill in, ``/sandbox/cards/front.png?name=&id_number=`` and
    ``/sandbox/cards/back.png?valid_from=&valid_until=`` are the pictures that the reader reads.

The user's side of the chat (``chat.py``, ``pushes.py``)
    ``GET /sandbox/wechat/chat?openid=`` is a page to write into; ``POST /sandbox/wechat/push``
    ``{openid, text}`` pushes to the service at WECHAT_PUSH_URL, signed and encrypted according to
    WECHAT_TOKEN, WECHAT_ENCODING_AES_KEY, WECHAT_PUSH_MODE and WECHAT_PUSH_FORMAT. Users who wrote
    here get no more messages than WeChat allows. ``POST /sandbox/wechat/subscriptions``
    ``{openid, template_id, accepted}`` sets how often a user accepted a subscription template.

Credentials come from the environment: WECHAT_APPID, WECHAT_SECRET, TENCENTCLOUD_SECRET_ID (each is
checked when it is set) and TENCENTCLOUD_SECRET_KEY (required, to check signatures).
"""
