"""Read until when the certificate of an address is valid, as the clients would check it."""

import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from requests import Session
from requests.utils import DEFAULT_CA_BUNDLE_PATH


class CertificateRefused(Exception):
    """Report a certificate that the clients do not accept, with the reason."""


def ends_at(address: str, timeout: float) -> datetime | None:
    """Return the end of the certificate; None without TLS, or where a proxy stands in between.

    ``timeout`` in seconds. Raises CertificateRefused, OSError.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        return None
    environment = Session().merge_environment_settings(address, {}, None, None, None)
    if "https" in environment["proxies"]:
        return None
    target = (parts.hostname, parts.port or 443)
    try:
        with (
            socket.create_connection(target, timeout) as connection,
            _context(environment["verify"]).wrap_socket(
                connection, server_hostname=parts.hostname
            ) as secured,
        ):
            certificate = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        raise CertificateRefused(error.verify_message) from None
    end = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return datetime.fromtimestamp(end, UTC)


def _context(verify: object) -> ssl.SSLContext:
    path = Path(verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH)
    if path.is_dir():
        return ssl.create_default_context(capath=path)
    return ssl.create_default_context(cafile=path)
