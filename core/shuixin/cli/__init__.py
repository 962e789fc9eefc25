"""The command line. Modules are imported only when their command is called, so a broken part cannot break the rest."""
