"""The kit: rooms that know neither plugins nor people, each usable on its own."""
