"""``shuixin credit``: workbooks in and out."""

import json
from pathlib import Path

import click

from shuixin.api import application, command_actor
from shuixin_credit_collection.records import code_list
from shuixin_credit_collection.workbook import Proposal, RowResult, apply_batch, export, propose, write_template

WORDS = {"create": "新增", "change": "变更", "same": "一致", "refused": "拒绝"}


@click.group()
def credit() -> None:
    """信用信息表格的模板、导入和导出。"""


@credit.command()
@click.option("--kind", default="", help="主体类别代码")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def template(kind: str, out: Path) -> None:
    """写出空白模板。"""
    with application():
        kinds = code_list("subject_kind").labels()
        if kind and kind not in kinds:
            raise click.BadParameter(f"应为{'、'.join(kinds)}之一", param_hint="--kind")
        write_template(out, [kind] if kind else ())
    click.echo(f"模板已写入{out}")


@credit.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只核对，不写入")
@click.option("--json", "as_json", is_flag=True, help="输出JSON")
def import_(file: Path, dry_run: bool, as_json: bool) -> None:
    """导入表格：有问题的行不导入并说明原因，其余各行在同一事务中提交审核。"""
    with application():
        proposal = propose(file)
        filings = [] if dry_run else apply_batch(command_actor(), proposal, source=file.name)
        if as_json:
            click.echo(json.dumps(proposal.as_json(), ensure_ascii=False, indent=2))
            return
        _print(proposal)
    click.echo("仅核对，未写入。" if dry_run else f"已提交{len(filings)}件申报，待审核。")


def _print(proposal: Proposal) -> None:
    for row in proposal.rows:
        click.echo(_line(row))
    click.echo("，".join(f"{WORDS[action]}{count}行" for action, count in proposal.summary().items()))


def _line(row: RowResult) -> str:
    labels = {spec.name: str(spec.label) for spec in row.row.type_.fields}
    if row.action == "refused":
        detail = "；".join(f"{labels.get(each.field, each.field)}“{each.value}”：{each}" for each in row.problems)
    else:
        detail = "；".join(f"{labels[name]}：{old or '无'} → {new or '无'}" for name, (old, new) in row.changes.items())
    return f"{row.row.sheet} 第{row.row.number}行 {WORDS[row.action]} {row.uscc} {row.title}  {detail}".rstrip()


@credit.command("export")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def export_(out: Path) -> None:
    """按模板格式导出信用档案（不含证件号码和电话）。"""
    with application():
        count = export(command_actor(), out)
    click.echo(f"已导出{count}家单位到{out}")
