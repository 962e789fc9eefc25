"""What other plugins may import of registration."""

from shuixin_registration.models import MainAccount
from shuixin_registration.services.main_accounts import main_account

__all__ = ["MainAccount", "main_account"]
