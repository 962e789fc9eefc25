"""What must always hold in the collection subsystem, looked at by night."""

from shuixin.api import HealthCheck
from shuixin_credit_collection.services.filings import unreachable
from shuixin_credit_collection.services.register import torn

CHECKS = (
    HealthCheck("credit_collection.filings", unreachable, nightly=True),
    HealthCheck("credit_collection.register", torn, nightly=True),
)
