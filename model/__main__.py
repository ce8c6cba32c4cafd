"""`python -m conflict_events` is the command `conflict-events`."""

from conflict_events.scripts.cli import main

if __name__ == "__main__":
    main()
