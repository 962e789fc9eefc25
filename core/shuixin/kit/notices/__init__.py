"""Notices (通知): what the platform tells one account, in the site and, where a mail server is set, by mail.

with transaction():
    send([filer], kind="filing.returned", key="filing:7:3", title=_("…"), text=_("…"), link="/workspace/filings/7")
unread(filer)   # 1
"""

from shuixin.kit.notices.board import Mailing, Notice, mark_read, of_addressee, open_notice, send, sweep, unread, words
from shuixin.kit.notices.mail import MailServer, check_address, deliver_due, post

__all__ = [
    "MailServer",
    "Mailing",
    "Notice",
    "check_address",
    "deliver_due",
    "mark_read",
    "of_addressee",
    "open_notice",
    "post",
    "send",
    "sweep",
    "unread",
    "words",
]
