"""What happens by itself: ticks, each safe to run in any number of processes at once. Row locks decide, not a leader."""
