"""Headers of every answer: what a browser may do with it, how long it holds."""

from flask import Flask, Response, request

from index.settings import Settings

# The pages need their own style sheets and scripts, what these fetch from here, and images from
# anywhere; nothing else.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src * data:; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
# What no page here ever asks a browser for.
_NOT_NEEDED = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
# What pages of other origins may read, where the configuration allows them.
FOR_OTHERS = "/api/v1/"


def register_headers(app: Flask, settings: Settings) -> None:
    """Send the security headers with every answer."""

    @app.after_request
    def _secure(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        response.headers.setdefault("Permissions-Policy", _NOT_NEEDED)
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        # Asked for with CORS, an answer is for whom that allows; this is for all other ways.
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if settings.hsts_seconds and request.is_secure:
            response.headers["Strict-Transport-Security"] = f"max-age={settings.hsts_seconds}"
        if request.path.startswith(FOR_OTHERS):
            # A cache must not hand the answer for one origin to another.
            response.vary.add("Origin")
        if request.endpoint == "static" and "v" in request.args:
            # The address holds a hash of the content.
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
