"""One fresh process that starts an application, answers once, and says what that took: ``probe.py bare|full``."""

import json
import sys
import time

began = time.perf_counter()

from bare import PATH  # noqa: E402 - the imports are what is measured
from measure import Application, answer, request_for, resident  # noqa: E402


def main(kind: str) -> None:
    """Print one JSON object."""
    app: Application
    if kind == "bare":
        from bare import make as make_bare

        app = make_bare()
    else:
        from shuixin.wsgi import make

        app = make()
    made = time.perf_counter()
    status, _body, _headers = answer(app, request_for(PATH))
    assert status == "200 OK", status
    print(json.dumps({"made": made - began, "resident": resident()}))


main(sys.argv[1])
