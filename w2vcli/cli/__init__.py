"""The command line: one module for each command, and what they share to read and to show.

``app`` composes the commands, ``settings`` reads the environment and the configuration file, and
``console`` and ``pages`` write; only they and the commands know the terminal.
"""
