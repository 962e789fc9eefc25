"""Typed events: announced inside a transaction, delivered after its commit, failures isolated."""

from shuixin.events.delivery import Delivery, announce, begin_delivery, deliver_with, end_delivery

__all__ = ["Delivery", "announce", "begin_delivery", "deliver_with", "end_delivery"]
