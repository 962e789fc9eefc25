"""Publication of credit information (信用信息公示)."""
