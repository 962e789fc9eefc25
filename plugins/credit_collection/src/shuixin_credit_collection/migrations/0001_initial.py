"""The first tables. Frozen copies of the models of that day, independent of the models of today."""

from peewee import *
from shuixin.database.fields import UTCDateTimeField

def up(migrator, db):
    class Subject(Model):
        uscc = CharField(unique=True, max_length=18)
        name = CharField(max_length=100)
        region = CharField(index=True, max_length=6)
        authority = CharField(index=True, max_length=6)
        owner = IntegerField(default=0)
        register_version = IntegerField(default=0)
        created_at = UTCDateTimeField()
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_subject'
    db.create_tables([Subject])

    class Filing(Model):
        row_version = IntegerField(default=1)
        number = CharField(unique=True, null=True, max_length=20)
        subject = ForeignKeyField(Subject, null=True, on_delete='RESTRICT')
        kind = CharField(max_length=10)
        source = CharField(max_length=10)
        stage = CharField(index=True, max_length=10)
        region = CharField(index=True, max_length=6)
        draft = JSONField()
        created_by = IntegerField(index=True)
        created_at = UTCDateTimeField()
        submitted_by = IntegerField(null=True)
        submitter_name = CharField(max_length=100, default='')
        submitted_at = UTCDateTimeField(index=True, null=True)
        reviewed_by = IntegerField(null=True)
        approved_by = IntegerField(null=True)
        approved_at = UTCDateTimeField(null=True)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_filing'
    db.create_tables([Filing])

    class BasicInformation(Model):
        subject = ForeignKeyField(Subject, field=Subject.id, on_delete='RESTRICT')
        key = CharField(index=True, max_length=32)
        version = IntegerField()
        recorded_at = UTCDateTimeField()
        superseded_at = UTCDateTimeField(index=True, null=True)
        filing = ForeignKeyField(Filing, field=Filing.id, on_delete='RESTRICT')
        removed = BooleanField(default=False)
        name = CharField(null=True, max_length=100)
        uscc = CharField(null=True, max_length=18)
        kinds = JSONField(null=True)
        reg_region = CharField(null=True, max_length=6)
        reg_type = CharField(null=True, max_length=40)
        reg_capital = BigIntegerField(null=True)
        paid_capital = BigIntegerField(null=True)
        founded_on = DateField(null=True)
        biz_until = DateField(null=True)
        scope = TextField(null=True)
        license_org = CharField(null=True, max_length=80)
        legal_rep = CharField(null=True, max_length=40)
        legal_rep_idno = TextField(null=True)
        reg_addr = CharField(null=True, max_length=200)
        office_addr = CharField(null=True, max_length=200)
        main_business = TextField(null=True)
        website = CharField(null=True, max_length=200)
        contact = CharField(null=True, max_length=40)
        mobile = TextField(null=True)
        email = CharField(null=True, max_length=120)
        safety_no = CharField(null=True, max_length=60)
        safety_org = CharField(null=True, max_length=80)
        biz_status = CharField(null=True, max_length=40)
        local_branch = CharField(null=True, max_length=200)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_basic_information'
            indexes = ((('subject', 'key', 'version'), True),)
    db.create_tables([BasicInformation])

    class FilingEvent(Model):
        filing = ForeignKeyField(Filing, on_delete='CASCADE')
        at = UTCDateTimeField()
        actor_id = IntegerField()
        actor_name = CharField(max_length=100)
        unit_name = CharField(max_length=100, default='')
        act = CharField(max_length=12)
        note = TextField(default='')
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_filing_event'
    db.create_tables([FilingEvent])

    class FilingItem(Model):
        filing = ForeignKeyField(Filing, on_delete='CASCADE')
        position = IntegerField()
        record_type = CharField(max_length=40)
        key = CharField(max_length=32)
        field = CharField(max_length=40, default='')
        action = CharField(max_length=10)
        before = JSONField(null=True)
        after = JSONField(null=True)
        base_version = IntegerField(default=0)
        verdict = CharField(max_length=10)
        reason = TextField(default='')
        reply = TextField(default='')
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_filing_item'
    db.create_tables([FilingItem])

    class GoodRecord(Model):
        subject = ForeignKeyField(Subject, field=Subject.id, on_delete='RESTRICT')
        key = CharField(index=True, max_length=32)
        version = IntegerField()
        recorded_at = UTCDateTimeField()
        superseded_at = UTCDateTimeField(index=True, null=True)
        filing = ForeignKeyField(Filing, field=Filing.id, on_delete='RESTRICT')
        removed = BooleanField(default=False)
        behavior_class = CharField(null=True, max_length=40)
        title = CharField(null=True, max_length=200)
        level = CharField(null=True, max_length=40)
        granter = CharField(null=True, max_length=100)
        doc_no = CharField(null=True, max_length=60)
        granted_on = DateField(null=True)
        ref_no = CharField(null=True, max_length=60)
        authors = CharField(null=True, max_length=200)
        cause = TextField(null=True)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_good_record'
            indexes = ((('subject', 'key', 'version'), True),)
    db.create_tables([GoodRecord])

    class Qualification(Model):
        subject = ForeignKeyField(Subject, field=Subject.id, on_delete='RESTRICT')
        key = CharField(index=True, max_length=32)
        version = IntegerField()
        recorded_at = UTCDateTimeField()
        superseded_at = UTCDateTimeField(index=True, null=True)
        filing = ForeignKeyField(Filing, field=Filing.id, on_delete='RESTRICT')
        removed = BooleanField(default=False)
        category = CharField(null=True, max_length=40)
        specialty = CharField(null=True, max_length=60)
        grade = CharField(null=True, max_length=40)
        cert_no = CharField(null=True, max_length=40)
        issuer = CharField(null=True, max_length=80)
        issued_on = DateField(null=True)
        valid_from = DateField(null=True)
        valid_to = DateField(null=True)
        scope = TextField(null=True)
        cert_status = CharField(null=True, max_length=40)
        class Meta:
            database = db
            legacy_table_names = False
            table_name = 'credit_collection_qualification'
            indexes = ((('subject', 'key', 'version'), True),)
    db.create_tables([Qualification])


def down(migrator, db):
    db.execute_sql('DROP TABLE credit_collection_qualification')
    db.execute_sql('DROP TABLE credit_collection_good_record')
    db.execute_sql('DROP TABLE credit_collection_filing_item')
    db.execute_sql('DROP TABLE credit_collection_filing_event')
    db.execute_sql('DROP TABLE credit_collection_basic_information')
    db.execute_sql('DROP TABLE credit_collection_filing')
    db.execute_sql('DROP TABLE credit_collection_subject')
