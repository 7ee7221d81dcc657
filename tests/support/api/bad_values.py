"""Bad values of every kind for every field."""

DEEP_LIST = "[" * 1000 + "]" * 1000
DEEP_OBJECT = '{"a":' * 1000 + "1" + "}" * 1000

# As in the JSON text.
OTHER_TYPES = [
    "1", "-1.5", "1e999", "NaN", "-Infinity", "9" * 400, "true", "[]", "{}", '[["x"]]',
    '{"a":{"b":[1]}}', "[null]", DEEP_LIST, DEEP_OBJECT,
]  # fmt: skip

STRINGS = {
    "empty": "",
    "space": " ",
    "ideographic space": "\u3000\u3000",
    "newlines": "\r\n\r\n",
    "long": "长" * 20_000,
    "emoji": "👨‍👩‍👧‍👦🇨🇳",
    "emoji between": "张👍三",
    "NUL": "a\x00b",
    "NUL alone": "\x00",
    "controls": "\x01\x08\x1b[31m\x7f\x85",
    "SQL": "'; DROP TABLE account; -- ",
    "SQL union": "1' UNION SELECT password_hash FROM account WHERE '1'='1",
    "LIKE": "%_%",
    "HTML": "<script>alert('x')</script><img src=x onerror=alert(1)>",
    "template": "{{7*7}}${jndi:ldap://127.0.0.1/x}#{1}",
    "path": "../../../../etc/passwd",
    "percent": "%00%ff%s%n%d",
    "Arabic-Indic digits": "١٣٨٠٠١٣٨٠٠٠",
    "fullwidth digits": "１３８００１３８０００",
    "superscripts": "¹²³⁴⁵⁶",
    "Chinese numerals": "一三八〇〇",
    "bidi": "\u202e\u2066张三\u2069",
    "marks": "e" + "\u0301" * 200,
    "joiners": "\u200b\u200d\ufeff",
    "no characters": "\ufffe\uffff",
    "beyond the plane": "𠀀𪚥\U0010ffff",
    "private use": "\ue863\uf8ff",
    "null in words": "null",
    "number in words": "NaN",
    "formula": "=cmd|' /C calc'!A0",
    "Redis": "a\r\nFLUSHALL\r\n*1\r\n$8\r\nFLUSHALL",
    "keys": "__proto__",
    "many digits": "1" * 199,
}  # fmt: skip

# Invalid JSON, each in the place of a string.
BROKEN = {
    "lone surrogate": rb'"\ud83d"',
    "surrogates the wrong way": rb'"\ude00\ud83d"',
    "encoded surrogate": b'"\xed\xa0\x80"',
    "broken UTF-8": b'"\xff\xfe\xc3\x28"',
    "overlong UTF-8": b'"\xc0\xaf"',
    "GB 18030": '"张三"'.encode("gb18030"),
    "raw NUL": b'"a\x00b"',
    "raw newline": b'"a\nb"',
    "bad escape": rb'"\x41"',
    "not closed": b'"abc',
    "nothing": b"",
    "one MB": b'"' + b"x" * 1_000_000 + b'"',
}

BODIES = {
    "none": None,
    "empty": b"",
    "space": b"  \n",
    "null": b"null",
    "list": b"[]",
    "list of objects": b"[{}]",
    "string": b'"x"',
    "number": b"1",
    "true": b"true",
    "half": b"{",
    "two": b"{}{}",
    "comment": b"{/* */}",
    "trailing comma": b'{"a":1,}',
    "single quotes": b"{'a':1}",
    "form": b"phone=13800138000",
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "UTF-16": '{"a":"b"}'.encode("utf-16"),
    "UTF-32": '{"a":"b"}'.encode("utf-32"),
    "deep list": DEEP_LIST.encode(),
    "deep object": DEEP_OBJECT.encode(),
    "deeper": b"[" * 60_000,
    "70 KiB": b'{"a":"' + b"x" * 70 * 1024 + b'"}',
    "11 MB": b'{"a":"' + b"x" * 11_000_000 + b'"}',
    "bytes": bytes(range(256)),
    "compressed": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
}

CONTENT_TYPES = [
    "", "text/plain", "application/x-www-form-urlencoded", "application/xml", "application",
    "application/json5", "application/json-patch+json", "*/*", "multipart/form-data",
    "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 3000,
    "multipart/form-data; boundary=\xe9", "multipart/mixed; boundary=a", "\xff\xfe",
]  # fmt: skip

TOKENS = [
    "", " ", "Bearer", "Bearer ", "Bearer  ", "bearer \t", "Basic YTpi", "Bearer a b c", "Bearer x",
    "Bearer " + "x" * 43, "Bearer " + "x" * 4000, "Bearer \xe5\xbc\xa0", "Bearer ' OR 1=1 --",
    "Digest username=x", "x" * 43, "Bearer null", "Bearer undefined",
    "Bearer \x80" + "y" * 40, 'Bearer "' + "x" * 41 + '"', "Bearer,Bearer",
]  # fmt: skip

KEYS = [
    " ", "short", "x" * 129, "x" * 7000, "with space in it", "\xe5\xbc\xa0\xe4\xb8\x89\xe6\x9d\x8e",
    "tab\tinside", "a,b;c=d e f",
]  # fmt: skip

HEADERS = [
    {"X-Request-ID": value}
    for value in ("", "x", "x" * 65, "a b c d e f g", "../../etc/passwd", "\xe5\xbc\xa0" * 8)
] + [
    {"X-Client-Version": value}
    for value in ("", "x", "1.", "999999999999999999999", "1.2.3.4.5", "\xb9.\xb2", "v1", "-1")
] + [
    {"X-Forwarded-For": value}
    for value in ("", ",", "x", "127.0.0.1,,", "1.2.3.4.5", "::ffff:1.2.3.4", "fe80::1%eth0",
                  "1.2.3.4:80", "[::1]:80", "1.2.3.4, " * 200, "\xb9", "unknown", "10.0.0.0/8")
] + [
    {"Accept": "application/xml"}, {"Accept-Encoding": "\xff"}, {"Content-Encoding": "gzip"},
    {"Cookie": "a" * 4000}, {"Host": ""}, {"Host": "a b"}, {"Host": "\xff:x"},
    {"Range": "bytes=5-1"}, {"If-None-Match": "*"}, {"X-HTTP-Method-Override": "DELETE"},
    {"Origin": "null"}, {"Forwarded": "for=\""}, {"X-Forwarded-Proto": "x"},
    {"Expect": "100-continue"},
]  # fmt: skip

PATH_VALUES = [
    "%00", "face%00", "%ff", "%ed%a0%80", "%c0%af", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..", ".",
    "%2F", "%5c..%5c", "%0d%0aX: y", "%0d%0aX:%20y", "%", "%zz", "%u0041", "*", "~",
    "'%20OR%201=1--", "%3Cscript%3E", "%F0%9F%98%80", "%D9%A1%D9%A2", "x" * 2000, "x" * 5000,
    "%25%30%30", ";a=b", "{token}", "%7B%7D", "-1", "0", "null", "identity%20", "%20",
]  # fmt: skip
