"""News and announcements of the portal (新闻)."""
