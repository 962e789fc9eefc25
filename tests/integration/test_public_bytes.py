"""No byte that the public can fetch holds a private value of the demonstration city."""

import re
from urllib.parse import urlsplit

from flask import Flask

from shuixin.contributions import DemoSize
from shuixin.setup import core_demo
from shuixin.testing.fixtures import SignedIn
from shuixin_credit_collection.items import BasicInformation, FoundingApproval, Person

LINK = re.compile(r'(?:href|src|action)="([^"#]+)|<loc>([^<]+)|<id>([^<]+)')
SKIPPED = ("/sign-in", "/workspace", "/office", "/account", "/preferences")


def _fill(app: Flask) -> set[str]:
    core_demo()
    for _plugin, part in app.extensions["shuixin"].loaded.contributions("demo_data"):
        part.fill(DemoSize(enterprises=30))
    sealer = app.extensions["shuixin"].sealer
    units, people = list(BasicInformation.select()), list(Person.select())
    tokens = [token for row in units for token in (row.legal_rep_idno, row.mobile)] + [row.id_no for row in people]
    secrets = {sealer.open(token) for token in tokens if token}
    owners = {row.contact for row in units if row.contact}
    public = {row.legal_rep for row in units} | {row.name for row in people}
    public |= {name for row in FoundingApproval.select() for name in (row.legal_rep, row.tech_lead)}
    return secrets | {row.person_key for row in people} | (owners - public)


def _crawl(client: SignedIn) -> dict[str, bytes]:
    waiting, pages = (
        ["/", "/sitemap.xml", "/feeds/news.atom", "/feeds/credit.atom", "/credit/enterprises?q=水利", "/search?q=黄石"],
        {},
    )
    while waiting:
        path = waiting.pop()
        if path in pages or path.startswith(SKIPPED):
            continue
        answer = client.get(path)
        pages[path] = answer.get_data()
        answer.close()
        if "html" in answer.mimetype or "xml" in answer.mimetype:
            for groups in LINK.findall(answer.get_data(as_text=True)):
                parts = urlsplit("".join(groups).replace("&amp;", "&"))
                if parts.netloc in ("", "localhost") and parts.path.startswith("/"):
                    waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return pages


def test_no_public_byte_holds_a_private_value(platform_app: Flask, client: SignedIn) -> None:
    private = _fill(platform_app)
    pages = _crawl(client)
    assert len(private) >= 150
    assert sum(path.startswith("/credit/enterprises/") for path in pages) >= 25
    leaks = [(path, value) for path, body in pages.items() for value in private if value.encode() in body]
    assert leaks == []
