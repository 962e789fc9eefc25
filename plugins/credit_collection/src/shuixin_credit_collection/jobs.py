"""Background work of the collection subsystem."""

from shuixin.api import Job
from shuixin_credit_collection.batches import services as batches
from shuixin_credit_collection.services.clashes import search
from shuixin_credit_collection.services.lapses import remind as remind_of_certificates
from shuixin_credit_collection.services.telling import remind

JOBS = (
    Job("credit_collection.remind", remind, "10 8 * * *"),
    Job("credit_collection.crosschecks", search, "30 2 * * *", timeout=3600),
    Job("credit_collection.certificates", remind_of_certificates, "20 8 * * *", timeout=3600),
    Job(batches.JOB, batches.go_on, timeout=4 * 3600, retries=2),
)
