"""The enterprise's own pages (企业工作台): declare, attach, import, submit, follow; tokens for its own systems."""

from shuixin_credit_collection.workspace import cases, importing, items, submitting, tokens
from shuixin_credit_collection.workspace.blueprint import blueprint

__all__ = ["blueprint", "cases", "importing", "items", "submitting", "tokens"]
