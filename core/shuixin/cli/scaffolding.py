"""``shuixin plugins new``: for authors; needs no installation and no database."""

from pathlib import Path

import click

from shuixin.scaffold import create


@click.command()
@click.argument("name")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), default=None, help="写入的目录")
@click.option("--label", default="", help="插件的中文名称")
def new(name: str, into: Path | None, label: str) -> None:
    """新建一个完整的插件NAME：页面、后台、权限、菜单、译文和测试俱全。"""
    folder = into or (Path("plugins") if Path("plugins").is_dir() else Path())
    made = create(name, folder, label=label)
    click.echo(f"已写入{len(made)}个文件：{folder / name}")
    place = folder / name
    click.echo("接下来：")
    for step in _steps(place, name):
        click.echo(f"  {step}")


def _steps(place: Path, name: str) -> tuple[str, ...]:
    """Return what to do next; in the repository ``make`` installs the plugin and knows the environment."""
    if Path("bootstrap.py").is_file() and place.parts[0] == "plugins":
        check = f"make -C {place.as_posix()} check PYTHON=$PWD/.venv/bin/python"
        return f'make shuixin ARGS="plugins enable {name}"', check
    return f"pip install -e {place}", f"cd {place} && make check", f"shuixin plugins enable {name}"
