"""Talks: the application that polls, publishes, delivers and answers commands."""
