"""TLS for both servers: certificates are checked, always."""

from __future__ import annotations

import ssl
from pathlib import Path

from dayhand import Practice, UserError

__all__ = ["checked_tls", "is_certificate_problem", "trusted_file"]


def trusted_file(practice: Practice, ca_file: str) -> str:
    """The place of `ca_file`, which may be in the practice folder; "" stays ""."""
    if not ca_file:
        return ""
    place = Path(ca_file) if Path(ca_file).is_absolute() else practice.files.resolve(ca_file)
    return str(place)


def checked_tls(ca_file: str) -> ssl.SSLContext:
    """TLS 1.2 or newer, the certificate and its name checked.

    Raises:
        UserError: `ca_file` cannot be read.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:
            raise UserError(
                "the certificates of email: ca_file cannot be read",
                hint="name a PEM file, in the practice folder or with its whole path",
            ) from error
    return context


def is_certificate_problem(error: BaseException | None) -> bool:
    """True if the error, or what caused it, is about the server's certificate."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
