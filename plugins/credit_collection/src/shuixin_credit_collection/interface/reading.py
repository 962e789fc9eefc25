"""What is only read: the own Register, and the description of the API for programs and for people."""

from flask import jsonify, render_template
from flask.typing import ResponseReturnValue

from shuixin.api import current_actor, domain, permission_required
from shuixin_credit_collection.interface import answers
from shuixin_credit_collection.interface.blueprint import Operation, blueprint, describe
from shuixin_credit_collection.interface.description import document
from shuixin_credit_collection.permissions import LOOK
from shuixin_credit_collection.services import filings

_ = domain("credit_collection")


@blueprint.get("/v1/register")
@permission_required(LOOK)
@describe(Operation(_("本单位信用档案中现行的记录，证件号码等脱敏"), "register"))
def register() -> ResponseReturnValue:
    """The present records of the own subject."""
    return jsonify(answers.register(filings.own_subject(current_actor())))


@blueprint.get("/v1/openapi.json")
def openapi() -> ResponseReturnValue:
    """The OpenAPI document."""
    return jsonify(document())


@blueprint.get("/docs")
def docs() -> ResponseReturnValue:
    """The same for people."""
    return render_template("credit_collection/api_docs.html", document=document())
