"""What takes a process of ours longest at its start, done once in the server that forks them. It is imported for that alone."""

import gc

from sqlalchemy.orm import configure_mappers

from bot.cli import parser
from bot.texts import Texts

Texts()
parser()
configure_mappers()
gc.collect()
gc.freeze()
