"""Where people meet the house: the composition root, the screens, the Telegram adapter, the command line, the sandbox."""
