"""The ASGI application. It refuses to start while a view has declared no permission."""

from __future__ import annotations

import os
from typing import cast

from asgiref.typing import ASGI3Application
from django.core.asgi import get_asgi_application
from django.core.exceptions import ImproperlyConfigured

from lumicert.site.log import AccessLog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumicert.site.settings")
application = AccessLog(cast(ASGI3Application, get_asgi_application()))

from lumicert.accounts.permissions import undeclared_views  # noqa: E402  (needs Django set up)

if missing := undeclared_views():
    raise ImproperlyConfigured("These views declare no permission, so nothing is served: " + "; ".join(missing))
