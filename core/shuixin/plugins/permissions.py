"""The right to manage plugins."""

#: Code of the permission that every life-cycle and settings change asks for.
MANAGE = "shuixin.plugins"
