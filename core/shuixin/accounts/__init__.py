"""Accounts: people who sign in, their sessions, and the actor each request acts as."""

from shuixin.accounts import attempts, second_factor
from shuixin.accounts.administration import set_active
from shuixin.accounts.attempts import Outcome, attempt_index, standing, unlock
from shuixin.accounts.explanation import Explanation, Finding, explain, scope_words
from shuixin.accounts.grants import (
    end_grant,
    give_role,
    givers,
    home_of,
    in_reach,
    may_act,
    may_give,
    note_grant,
    right_to_give,
)
from shuixin.accounts.made_roles import (
    RoleForm,
    change_role,
    find_made_role,
    grantable,
    holders,
    make_role,
    set_role_active,
)
from shuixin.accounts.models import (
    LoginSession,
    MadeRole,
    RightUse,
    RoleGrant,
    SignInAttempt,
    User,
)
from shuixin.accounts.passwords import check_rules, hash_password, random_password
from shuixin.accounts.rights import actor_of, grants_of, in_force, rights, roles_now
from shuixin.accounts.services import (
    add_user,
    bind_subject,
    close_account,
    create_user,
    end_sessions,
    find_user,
    live_sessions,
    reset_password,
    set_password,
    user_index,
)
from shuixin.accounts.uses import unused_rights

__all__ = [
    "Explanation",
    "Finding",
    "LoginSession",
    "MadeRole",
    "Outcome",
    "RightUse",
    "RoleForm",
    "RoleGrant",
    "SignInAttempt",
    "User",
    "actor_of",
    "add_user",
    "attempt_index",
    "attempts",
    "bind_subject",
    "change_role",
    "check_rules",
    "close_account",
    "create_user",
    "end_grant",
    "end_sessions",
    "explain",
    "find_made_role",
    "find_user",
    "give_role",
    "givers",
    "grantable",
    "grants_of",
    "hash_password",
    "holders",
    "home_of",
    "in_force",
    "in_reach",
    "live_sessions",
    "make_role",
    "may_act",
    "may_give",
    "note_grant",
    "random_password",
    "reset_password",
    "right_to_give",
    "rights",
    "roles_now",
    "scope_words",
    "second_factor",
    "set_active",
    "set_password",
    "set_role_active",
    "standing",
    "unlock",
    "unused_rights",
    "user_index",
]
