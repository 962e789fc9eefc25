"""Typed events: announced inside a transaction, delivered after its commit, failures isolated."""

from shuixin.events.delivery import Delivery, announce, deliver_with

__all__ = ["Delivery", "announce", "deliver_with"]
