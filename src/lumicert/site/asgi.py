"""The ASGI application. It refuses to start while a view has declared no permission."""

from __future__ import annotations

import gc
import os
from typing import cast

from asgiref.typing import ASGI3Application
from django.core.asgi import get_asgi_application
from django.core.exceptions import ImproperlyConfigured

from lumicert.site.config import load
from lumicert.site.limit import MEGABYTE, BodyLimit
from lumicert.site.log import AccessLog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumicert.site.settings")
_django = cast(ASGI3Application, get_asgi_application())
# two files and the form's fields; what is a little too large is refused by the form, which keeps what was typed
application = AccessLog(BodyLimit(_django, most=(2 * load().upload_limit_mb + 1) * MEGABYTE))

from lumicert.accounts.permissions import undeclared_views  # noqa: E402  (needs Django set up)

if missing := undeclared_views():
    raise ImproperlyConfigured("These views declare no permission, so nothing is served: " + "; ".join(missing))

# what is loaded by now stays for ever: the garbage collector need not look at it while somebody waits
gc.collect()
gc.freeze()
