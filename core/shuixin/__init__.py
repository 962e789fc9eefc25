"""Shuixin (水信): a plugin platform for the credit information of water-construction markets."""

__version__ = "0.1.0"
