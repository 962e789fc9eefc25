"""What administrators change, each act with its permission, transaction and audit entry."""
