"""The first tables. Frozen copies of the models of that day, independent of the models of today."""

from peewee import *
from shuixin.kit.search import Index
from shuixin.database.fields import UTCDateTimeField

#: Columns every installation begins with; editors may add to them.
COLUMNS = (
    ('work', '工作动态', 'Work in progress'),
    ('notices', '通知公告', 'Notices'),
    ('policies', '政策文件', 'Policies'),
    ('explained', '政策解读', 'Policies explained'),
)


def up(migrator, db):
    class Column(Model):
        slug = CharField(unique=True, max_length=40)
        label = CharField(max_length=40)
        label_en = CharField(max_length=80, default='')
        position = IntegerField(default=100)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'news_column'
    db.create_tables([Column])

    class Article(Model):
        row_version = IntegerField(default=1)
        column = ForeignKeyField(Column, on_delete='RESTRICT')
        title = CharField(max_length=100)
        summary = CharField(max_length=300, default='')
        source = CharField(max_length=60, default='')
        body_html = TextField(default='')
        picture = CharField(max_length=32, default='')
        picture_extension = CharField(max_length=10, default='')
        picture_alt = CharField(max_length=200, default='')
        status = CharField(index=True, max_length=10)
        written_by = IntegerField()
        writer_name = CharField(max_length=100)
        created_at = UTCDateTimeField()
        published_at = UTCDateTimeField(index=True, null=True)
        published_by = IntegerField(null=True)
        reason = TextField(default='')
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'news_article'
    db.create_tables([Article])

    Index('news_article_search').create(db)
    for position, (slug, label, label_en) in enumerate(COLUMNS):
        Column.create(slug=slug, label=label, label_en=label_en, position=position)


def down(migrator, db):
    Index('news_article_search').drop(db)
    db.execute_sql('DROP TABLE news_article')
    db.execute_sql('DROP TABLE news_column')
