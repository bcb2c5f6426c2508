#!/usr/bin/env python
"""Runs Joey's management commands."""

from config.command import main

if __name__ == "__main__":
    main()
