"""Accounts: people who sign in, their sessions, and the actor each request acts as."""

from shuixin.accounts.models import LoginSession, RoleGrant, User
from shuixin.accounts.services import bind_subject, create_user, find_user, reset_password

__all__ = ["LoginSession", "RoleGrant", "User", "bind_subject", "create_user", "find_user", "reset_password"]
