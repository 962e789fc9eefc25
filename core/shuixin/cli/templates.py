"""``shuixin templates``: where a template comes from."""

import click
from flask import current_app

from shuixin.cli.context import application
from shuixin.errors import Refused


@click.group()
def templates() -> None:
    """查看模板的来源。"""


@templates.command()
@click.argument("name")
def which(name: str) -> None:
    """显示模板NAME（如 shuixin/footer.html）由谁提供，排在最前的生效。"""
    with application():
        chain = current_app.extensions["shuixin_templates"].which(current_app.jinja_env, name)
    if not chain:
        raise Refused(f"没有模板{name}。")
    for layer, path in chain:
        click.echo(f"{layer}\t{path}")
