"""``shuixin translations``: for authors of plugins, whose screen texts are Chinese in the source."""

from pathlib import Path

import click

from shuixin.errors import Refused
from shuixin.i18n import extraction

LANGUAGE = click.option("--language", default="en", show_default=True, help="目标语言")
PACKAGE = click.argument("package", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.group()
def translations() -> None:
    """更新、检查插件的译文。"""


@translations.command()
@PACKAGE
@LANGUAGE
def update(package: Path, language: str) -> None:
    """按源码更新PACKAGE目录（如 plugins/news/src/shuixin_news）的译文文件。"""
    missing = extraction.update(package, language)
    click.echo(f"已更新{extraction.catalogue_of(package, language)}，尚缺译文{missing}条。")


@translations.command()
@PACKAGE
@LANGUAGE
def check(package: Path, language: str) -> None:
    """检查PACKAGE目录的译文是否完整；有缺漏时以退出码1结束。"""
    gaps = extraction.gaps(package, language)
    for gap in gaps:
        click.echo(f"{gap.reason}\t{gap.source}")
    if gaps:
        raise Refused(f"译文有{len(gaps)}处缺漏，请执行 shuixin translations update 后补译。")
    click.echo("译文完整。")
