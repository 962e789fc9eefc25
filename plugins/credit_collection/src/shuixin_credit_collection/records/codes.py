"""Code lists (数据字典): shipped in ``codes.toml``, changed by administrators, looked up as they stand."""

from pathlib import Path

from shuixin import api
from shuixin.api import Text, dictionaries, domain

_ = domain("credit_collection")
PREFIX = "credit_collection."
SHIPPED = dictionaries.read_lists(Path(__file__).parent / "codes.toml")
LABELS: dict[str, Text] = {
    "subject_kind": _("主体类别"),
    "registration_type": _("登记注册类型"),
    "business_status": _("经营状态"),
    "currency": _("币种"),
    "subsidiary_category": _("子（分）公司类别"),
    "management_system": _("管理体系"),
    "qualification_category": _("资质类别"),
    "qualification_industry": _("资质行业"),
    "qualification_specialty": _("资质专业"),
    "qualification_grade": _("资质等级"),
    "certificate_status": _("资质证书状态"),
    "check_result": _("年检或抽查结果"),
    "verified_via": _("核验来源"),
    "good_class": _("良好行为类别"),
    "award_level": _("表彰级别"),
    "yes_no": _("是否"),
    "id_type": _("证件类型"),
    "sex": _("性别"),
    "person_category": _("人员和证书类别"),
    "education": _("学历"),
    "professional_title": _("职称"),
    "on_duty": _("在岗状态"),
    "certificate_level": _("人员证书等级"),
    "person_certificate_status": _("人员证书状态"),
    "project_status": _("工程状态"),
    "project_category": _("工程类别"),
    "project_rank": _("工程等别"),
    "building_grade": _("建筑物级别"),
    "quality_grade": _("工程质量等级"),
    "verification": _("业绩核验状态"),
    "audit_opinion": _("审计意见"),
    "tax_grade": _("纳税信用等级"),
    "tenure": _("权属"),
    "bad_behavior": _("不良行为类别"),
    "found_by": _("发现方式"),
    "act_type": _("处理类型"),
    "accident_grade": _("事故等级"),
    "severity_mwr": _("水利严重程度"),
    "severity_ndrc": _("失信程度"),
    "rectification": _("整改情况"),
    "performance_of_duty": _("履行情况"),
    "repair_status": _("修复状态"),
    "objection_status": _("异议状态"),
    "litigation": _("复议诉讼"),
    "annulment": _("撤销变更"),
    "push_status": _("上报状态"),
    "direction": _("备案方向"),
    "outside_status": _("备案状态"),
}


def full_name(name: str) -> str:
    """Return the name of a list as the platform knows it; one without a plugin's id is of this plugin."""
    return name if "." in name else PREFIX + name


def code_list(name: str) -> dictionaries.Dictionary:
    """Return the list *name* as it stands now.

    :raises LookupError: a field declaration names a list that does not exist.
    """
    return api.code_list(full_name(name))
