"""The administrators' pages of the back office (系统管理)."""
