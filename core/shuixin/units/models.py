"""Administrative units that use the platform."""

from peewee import CharField

from shuixin.database import BaseModel


class Unit(BaseModel):
    """An authority (主管部门), e.g. the bureau of a city or county."""

    code = CharField(max_length=18, unique=True)
    name = CharField(max_length=100)
    region = CharField(max_length=6, index=True)
    organ_word = CharField(max_length=8, default="")

    class Meta:
        """Core table."""

        table_name = "shuixin_unit"
