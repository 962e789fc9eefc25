"""Where a request is sent and where it comes from: attacks T31 to T34 by name."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from tests.security import sweep
from tests.security.sweep import Ground

from shuixin.kit.attachments import clean_name
from shuixin.pages.addresses import local_target
from shuixin.testing.fixtures import PASSWORD, account_of, city_bureau, client_of

ONE = pytest.mark.parametrize("ground", ["sqlite"], indirect=True)
HERE = "http://localhost/"
ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example/",
    "http:///evil.example",
    "HTTP://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil。example",
    "//evil%E3%80%82example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    "//[",
    "\\\\[",
    "/\t/[",
    "http://[",
    "//\u2100.example",
    "http://localhost@evil.example/",
    "http://localhost:80@evil.example",
    "//localhost.evil.example",
    "/a\r\nSet-Cookie: x=1",
    "/a\r\n\r\n<script>",
    "/\u2028/evil.example",
    "/%00/x\x7f",
    "?next=//evil.example",
    "evil.example",
)
HARMLESS = ("/%09/evil.example", "/%5cevil.example", "/%2f%2fevil.example", "/.//evil.example", "/x?y=//[", "/水利")
WAYS = ("/preferences/elder", "/preferences/language/en", "/sign-in", "/sign-out")


def browsed(location: str) -> str:
    """Return the host that a browser goes to: it drops tabs and line ends, and takes backslashes for slashes."""
    seen = re.sub(r"[\t\r\n]", "", location).strip(" \0").replace("\\", "/")
    return urlsplit(urljoin(HERE, re.sub(r"^(https?:)?/{2,}", "//", seen, flags=re.IGNORECASE))).netloc


@pytest.mark.parametrize("target", ELSEWHERE)
def test_t32_no_such_target_is_local(target: str) -> None:
    assert local_target(target) == "/"


@pytest.mark.parametrize("target", HARMLESS)
def test_t32_others_stay_as_they_are(target: str) -> None:
    assert local_target(target) == target
    assert browsed(target) == "localhost"


@ONE
@pytest.mark.parametrize("target", [*ELSEWHERE, *HARMLESS])
def test_t31_t32_whatever_next_says_one_stays_here(target: str, ground: Ground) -> None:
    city_bureau()
    account_of("reviewer")
    form = {"username": "reviewer", "password": PASSWORD}
    for way in WAYS:
        client, query = client_of(ground.app), f"?next={quote(target)}"
        answers = [client.get(way + query)] if way != "/sign-out" else []
        if way.startswith("/sign"):
            answers.append(client.post_form(way + query, {**form, "next": target}))
        for answer in answers:
            assert answer.status_code < 500, (way, answer.status_code)
            assert browsed(answer.headers.get("Location", "/")) in ("", "localhost"), way
            assert not [value for _name, value in answer.headers if "x=1" in value or "\n" in value], way


@ONE
def test_t32_the_office_sends_nobody_elsewhere_either(ground: Ground) -> None:
    person = ground.person("administrator")
    for target in ELSEWHERE:
        for path in sweep.private(sweep.addresses(ground.app, "GET", 1)):
            answer = person.get(path, query_string={"url": target, "next": target, "return_url": target, "id": "1"})
            assert answer.status_code < 500, (path, target)
            assert browsed(answer.headers.get("Location", "/")) in ("", "localhost"), (path, target)
            assert not re.search(r'href="(https?:)?//+[^"]*evil|href="javascript:', answer.get_data(as_text=True)), path


NAMES = (
    "a\r\nSet-Cookie: x=1\r\n.pdf",
    'a";filename="evil.html".pdf',
    "a\x00.pdf",
    "../../etc/passwd.pdf",
    "C:\\windows\\evil.pdf",
    "\u202efdp.exe.pdf",
    "资质证书😀.pdf",
    "%0d%0aSet-Cookie:x=1.pdf",
    ".pdf",
    "水" * 400 + ".pdf",
)


@pytest.mark.parametrize("name", NAMES)
def test_t31_the_name_of_a_file_is_text_in_the_header_too(name: str, ground: Ground) -> None:
    from shuixin.kit.attachments import Attachment

    key = "a" * 32
    Attachment.delete().where(Attachment.id == key).execute()
    kept = clean_name(name)
    row = Attachment.create(
        id=key, owner_kind="x", owner_key="x", original_name=kept, media_type="application/pdf", extension="pdf",
        size=4, sha256="0", created_by=0, public=True,
    )  # fmt: skip
    path = ground.app.extensions["shuixin"].store.path_of(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"%PDF")
    answer = ground.person("").get(f"/media/{key}.pdf")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    (disposition,) = answer.headers.getlist("Content-Disposition")
    assert disposition.startswith("attachment; ")
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', disposition)
    assert bare.count("filename") <= 2, "quotes in a name end no parameter"
    assert not re.search(r"[\r\n\0]", "".join(value for _name, value in answer.headers))
    assert "x=1" not in answer.headers.get("Set-Cookie", "")
    answer.close()


def test_t33_t34_hosts_and_proxies_that_are_not_ours_change_nothing(ground: Ground) -> None:
    visitor = ground.person("")
    tricks = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": "4444",
        "X-Forwarded-Prefix": "/evil",
        "X-Original-Url": "/office/",
        "X-Rewrite-Url": "/office/",
        "X-Forwarded-Server": "evil.example",
        "Forwarded": "host=evil.example;proto=https",
        "X-Host": "evil.example",
    }
    for path in sweep.addresses(ground.app, "GET", 1):
        if path.startswith("/account/") or path == "/sign-in":
            continue  # say once, on the next page, that one has to begin anew
        before, after = sweep.plain(visitor.get(path)), sweep.plain(visitor.get(path, headers=tricks))
        assert after == before or path == "/registration/", path  # which asks another challenge each time
        assert "evil" not in after[2], path


def test_t33_pages_for_everybody_name_no_host(ground: Ground) -> None:
    """What caches keep has relative links; only feeds and the site map must name a host (see the next test)."""
    for path in sweep.crawl(ground.person(""), ("/", "/credit/", "/news/", "/search?q=水")):
        evil = ground.person("").get(path, headers={"Host": "evil.example"})
        assert "evil.example" not in evil.get_data(as_text=True), path
        assert "evil.example" not in ground.person("").get(path).get_data(as_text=True), "nor does a cache keep it"


HOSTS = (
    "evil.example",
    "evil.example:80",
    "here.example.evil.example",
    "here.example@evil.example",
    "evil.example#here.example",
    "xn--here.example",
    "127.0.0.1",
    "[::1]",
    "HERE.EXAMPLE.",
    "here.example, evil.example",
    "",
    "a" * 3000,
)


def test_t33_a_foreign_host_is_refused_on_every_page(fresh_ground: Callable[..., Any]) -> None:
    with fresh_ground(trusted_hosts=["here.example"]) as ground:
        visitor = client_of(ground.app)
        ours = visitor.get("/sitemap.xml", headers={"Host": "here.example"})
        assert "<loc>http://here.example/" in ours.get_data(as_text=True)
        for host in HOSTS:
            for method, paths in (("GET", sweep.addresses(ground.app, "GET")), ("POST", ["/sign-in", "/sign-out"])):
                for path in paths:
                    answer = visitor.open(path, method=method, headers={"Host": host})
                    assert answer.status_code == 400, (host, path)
                    assert "evil" not in answer.get_data(as_text=True), path
                    assert "Set-Cookie" not in answer.headers
