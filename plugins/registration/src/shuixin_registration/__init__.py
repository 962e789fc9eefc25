"""Registration of enterprises, their main accounts and sub-accounts (企业注册与子账号)."""
