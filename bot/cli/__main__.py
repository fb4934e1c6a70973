"""`python -m bot.cli` is `holdfast`."""

from bot.cli import main

main()
