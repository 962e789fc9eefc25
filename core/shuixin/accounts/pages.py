"""The account's own pages: where to go after signing in, and changing the password."""

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import auth_required, current_user
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired, ValidationError

from shuixin.accounts.services import change_password
from shuixin.accounts.web import current_actor
from shuixin.errors import Refused
from shuixin.texts import domain

_ = domain("shuixin")
blueprint = Blueprint("account", __name__, url_prefix="/account")


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """Old password, new one twice."""

    current = PasswordField(_("现用密码"), [InputRequired(_("请填写现用密码。"))])
    new = PasswordField(_("新密码"), [InputRequired(_("请填写新密码。"))])
    confirm = PasswordField(_("再次填写新密码"), [InputRequired(_("请再次填写新密码。"))])

    def validate_confirm(self, field: PasswordField) -> None:
        """Refuse two different new passwords (``EqualTo`` formats its message, which only plain strings bear)."""
        if field.data != self.new.data:
            raise ValidationError(str(_("两次填写的新密码不一致。")))


@blueprint.get("/start")
@auth_required("session")
def start() -> ResponseReturnValue:
    """Send the person to the own workplace: enterprises to the workspace, staff to the back office."""
    actor = current_actor()
    return redirect("/workspace/" if actor.subject or not actor.unit_name else "/office/")


@blueprint.route("/password", methods=["GET", "POST"])
@auth_required("session")
def password() -> ResponseReturnValue:
    """Change the own password; afterwards one signs in anew."""
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            PasswordHasher().verify(current_user.password, form.current.data)
            change_password(current_actor(), current_user._get_current_object(), form.new.data)
        except VerifyMismatchError:
            form.current.errors = [str(_("现用密码不正确，请重新填写。"))]
        except Refused as refused:
            form.new.errors = [str(refused)]
        else:
            flash(str(_("密码已修改，请用新密码登录。")), "ok")
            return redirect(url_for("security.login"))
    return render_template("shuixin/change_password.html", form=form)
