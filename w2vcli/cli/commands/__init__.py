"""The subcommands: each parses its options, makes one library call, and shows the result."""
