"""The API for enterprises' own systems (接口): the same services as the workspace, signed with a token."""

from flask import request

from shuixin.api import Actor, ApiPages, clock
from shuixin_credit_collection.interface import filings, reading, records
from shuixin_credit_collection.interface.blueprint import blueprint
from shuixin_credit_collection.services import tokens

__all__ = ["PAGES", "filings", "reading", "records"]


def _authenticate(token: str) -> Actor | None:
    agent = request.user_agent.string
    return tokens.authenticate(token, origin=request.remote_addr or "", agent=agent, now=clock.now())


PAGES = ApiPages(blueprint, _authenticate, open=("openapi", "docs"))
