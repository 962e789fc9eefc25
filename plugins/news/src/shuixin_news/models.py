"""Columns and articles."""

from peewee import CharField, ForeignKeyField, IntegerField, TextField

from shuixin.api import BaseModel, UTCDateTimeField, VersionedModel


class Column(BaseModel):
    """A column of the portal (栏目)."""

    slug = CharField(max_length=40, unique=True)
    label = CharField(max_length=40)
    label_en = CharField(max_length=80, default="")
    position = IntegerField(default=100)

    class Meta:
        """Plugin table."""

        table_name = "news_column"


class Article(VersionedModel):
    """An article; ``picture`` names the lead picture of a picture article (图片新闻)."""

    column = ForeignKeyField(Column, backref="articles", on_delete="RESTRICT")
    title = CharField(max_length=100)
    summary = CharField(max_length=300, default="")
    source = CharField(max_length=60, default="")
    body_html = TextField(default="")
    picture = CharField(max_length=32, default="")
    picture_extension = CharField(max_length=10, default="")
    picture_alt = CharField(max_length=200, default="")
    status = CharField(max_length=10, index=True)
    written_by = IntegerField()
    writer_name = CharField(max_length=100)
    created_at = UTCDateTimeField()
    published_at = UTCDateTimeField(null=True, index=True)
    published_by = IntegerField(null=True)
    reason = TextField(default="")

    class Meta:
        """Plugin table."""

        table_name = "news_article"
