"""``python -m shuixin``."""

from shuixin.cli.main import main

main()
