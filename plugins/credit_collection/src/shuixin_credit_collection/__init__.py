"""Credit information collection (信用信息征集)."""
