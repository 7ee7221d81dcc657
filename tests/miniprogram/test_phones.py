"""The phones of the tests: they notice what must not happen."""

from tests.support.app import Phone

FORBIDDEN = """() => {
    console.error("broken")
    document.body.insertAdjacentHTML("beforeend", "<p style='color: red'>inline</p>")
    return fetch("http://127.0.0.1:9/").catch(() => null)
}"""


def test_faults_of_a_page_are_complaints(phone: Phone) -> None:
    phone.open().evaluate(FORBIDDEN)
    found = "\n".join(phone.complaints)
    assert "broken" in found
    assert "style-src 'self'" in found
    assert "connect-src 'self' blob:" in found
    phone.complaints.clear()
