"""Invented news of the demonstration city, written and published by the same services."""

from datetime import timedelta

from shuixin.api import Actor, DemoSize, clock, system_actor
from shuixin_news import services
from shuixin_news.demo_pictures import picture
from shuixin_news.models import Column

#: column, title, sentence, scene of the picture, what the picture shows.
ARTICLES: tuple[tuple[str, str, str, str, str], ...] = (
    ("work", "全市启动今冬明春水利工程建设质量提升行动", "行动从现在起至明年四月，覆盖在建的全部水利工程。", "", ""),
    (
        "work",
        "青鱼湖水库除险加固工程通过蓄水阶段验收",
        "验收组查看了大坝、溢洪道和放水设施，同意通过验收。",
        "dam",
        "青鱼湖水库大坝正在放水，远处是青山",
    ),
    (
        "work",
        "白鹭洲泵站更新改造工程投入试运行",
        "四台机组连续运行七十二小时，各项指标正常。",
        "station",
        "白鹭洲泵站厂房临水而建",
    ),
    (
        "work",
        "松岩河综合治理工程二期开工建设",
        "二期治理河长十二公里，计划明年汛前完成主体工程。",
        "river",
        "松岩河蜿蜒流过两岸树林",
    ),
    (
        "work",
        "白沙渡灌区完成渠道清淤八十六千米",
        "清淤后渠道过水能力明显提高，惠及农田四万余亩。",
        "fields",
        "笔直的灌溉渠道穿过农田",
    ),
    (
        "work",
        "市局开展冬修水利质量飞行检查",
        "检查组对六处工地进行了抽查，发现的问题已责令限期整改。",
        "site",
        "水利工地上塔吊和挖掘机正在作业",
    ),
    ("work", "市局召开水利建设市场信用工作座谈会", "二十家企业代表参加座谈，就信用信息申报提出建议。", "", ""),
    ("work", "冬修水利技术培训班在阳新开班", "培训为期三天，一百二十名基层技术人员参加。", "", ""),
    ("notices", "关于集中核验信用档案的通知", "请各从业单位登录企业工作台核对基本信息和资质信息。", "", ""),
    ("notices", "水利工程质量检测单位抽查名单", "按照双随机原则抽取四家单位，检查结果将另行公布。", "", ""),
    ("notices", "松岩河综合治理工程公众参与公告", "公众可在公告之日起十个工作日内提出意见。", "", ""),
    ("notices", "关于机关档案室搬迁暂停查档服务的通知", "搬迁期间可通过电话预约，恢复时间另行通知。", "", ""),
    ("policies", "水利工程质量监督实施细则", "细则共六章四十二条，自印发之日起三十日后施行。", "", ""),
    ("policies", "小型水库管护办法", "办法明确了管护主体、经费来源和考核要求。", "", ""),
    (
        "explained",
        "问答：企业怎样申报和变更信用信息",
        "登录企业工作台，填写或用表格导入，提交后由主管部门审核。",
        "",
        "",
    ),
    ("explained", "信用档案公开哪些内容、公开多久", "基本信息长期公开，良好行为自认定之日起公开一年。", "", ""),
)
PARAGRAPHS = (
    "有关负责人表示，将把质量和安全放在首位，严格落实建设、勘察、设计、施工、监理各方责任。",
    "下一步，将继续加强监督检查，及时公布结果，接受社会监督。",
)


def fill(_size: DemoSize) -> None:
    """Write and publish the demonstration's articles, the first being the newest."""
    writer, publisher = system_actor("陆采薇"), system_actor("方其正")
    by_slug = {column.slug: column.id for column in Column.select()}
    for number, (slug, title, sentence, scene, shown) in enumerate(ARTICLES):
        body = "".join(f"<p>{text}</p>" for text in (sentence, *PARAGRAPHS))
        content = services.Content(by_slug[slug], title, body, sentence, "黄石市水利和湖泊局", shown)
        _write(writer, publisher, content, scene, number)


def _write(writer: Actor, publisher: Actor, content: services.Content, scene: str, number: int) -> None:
    lead = (picture(scene, number), f"{scene}.png") if scene else None
    article = services.save(writer, content, picture=lead)
    at = clock.now() - timedelta(hours=3 + number * 19)
    services.publish(publisher, article.id, version=article.row_version, at=at)
