"""Public pages of this plugin: the data dictionary, for people and for programs."""

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from shuixin_credit_collection.services import dictionary

blueprint = Blueprint("credit_collection", __name__, url_prefix="/credit_collection")


@blueprint.get("/dictionary")
def data_dictionary() -> ResponseReturnValue:
    """What the Register holds: every record type and every field."""
    return render_template("credit_collection/dictionary.html", types=dictionary.dictionary())


@blueprint.get("/dictionary.json")
def data_dictionary_json() -> ResponseReturnValue:
    """The same as JSON schemas."""
    return jsonify(dictionary.schema())
