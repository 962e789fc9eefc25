"""The other side of the comparison: Flask and nothing else, answering the same bytes."""

from flask import Flask, Response

PATH = "/bench_1/"
BODY = (
    '<!doctype html>\n<html lang="zh-CN">\n<head><meta charset="utf-8"><title>水位</title></head>\n'
    "<body><main><h1>今日水位</h1><p>18.42</p></main></body>\n</html>\n"
)


def make() -> Flask:
    """Return the application."""
    app = Flask("bare")
    app.add_url_rule(PATH, "home", lambda: Response(BODY, mimetype="text/html"))
    return app


def __getattr__(name: str) -> Flask:
    """Give servers ``bare:application``."""
    if name == "application":
        return make()
    raise AttributeError(name)
