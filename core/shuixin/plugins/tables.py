"""What the platform remembers about plugins; the rows stay when a package is gone."""

from peewee import BooleanField, CharField, IntegerField, TextField

from shuixin.database import BaseModel, JSONField, UTCDateTimeField


class PluginSwitch(BaseModel):
    """One plugin's switch.

    ``suspended`` says that the platform itself took the plugin off after repeated faults; whoever enables it again
    takes that back. ``version`` is the version that people have taken into use; ``""`` if it was never switched on.
    """

    plugin = CharField(max_length=60, primary_key=True)
    enabled = BooleanField(default=False)
    suspended = BooleanField(default=False)
    changed_at = UTCDateTimeField()
    changed_by = CharField(max_length=100)
    version = CharField(max_length=60, default="")

    class Meta:
        """Core table."""

        table_name = "shuixin_plugin_switch"


class Generation(BaseModel):
    """One row: the number of the enabled set, counted up by every change; and whether safe mode is on."""

    number = IntegerField(default=1)
    safe_since = UTCDateTimeField(null=True)
    safe_reason = TextField(default="")

    class Meta:
        """Core table."""

        table_name = "shuixin_generation"


class PluginFault(BaseModel):
    """The newest fault of a plugin: at which stage, why, and how often it was seen."""

    plugin = CharField(max_length=60, primary_key=True)
    stage = CharField(max_length=60)
    reason = TextField()
    traceback = TextField(default="")
    count = IntegerField(default=1)
    at = UTCDateTimeField()
    by = CharField(max_length=100)

    class Meta:
        """Core table."""

        table_name = "shuixin_plugin_fault"


class PluginAsset(BaseModel):
    """One thing that a plugin ever made here (inventory): what remains to be removed when it is purged."""

    plugin = CharField(max_length=60, index=True)
    kind = CharField(max_length=20)
    name = CharField(max_length=120)

    class Meta:
        """Core table."""

        table_name = "shuixin_plugin_asset"
        indexes = ((("plugin", "kind", "name"), True),)


class PluginSettings(BaseModel):
    """What administrators set in the page, as JSON; secrets are sealed."""

    plugin = CharField(max_length=60, primary_key=True)
    version = IntegerField(default=1)
    data = JSONField()

    class Meta:
        """Core table."""

        table_name = "shuixin_plugin_settings"
