"""Answering with a file from the store."""

from flask import send_file
from flask.typing import ResponseReturnValue

from shuixin.kit.attachments import Attachment
from shuixin.platform import current_platform


def send_attachment(attachment: Attachment, *, inline: bool = False) -> ResponseReturnValue:
    """Answer with a stored file, to be saved under its own name; *inline* shows it, for checked pictures only."""
    return send_file(
        current_platform().store.path_of(attachment).resolve(),
        mimetype=attachment.media_type,
        as_attachment=not inline,
        download_name=attachment.original_name,
    )
