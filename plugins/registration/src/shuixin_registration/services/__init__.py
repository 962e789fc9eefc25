"""How an enterprise comes to its accounts: asked for, confirmed, shared out among its people."""
