"""The blueprint that all pages of the workspace are on."""

from flask import Blueprint

blueprint = Blueprint("credit_collection_workspace", __name__, url_prefix="/workspace")
