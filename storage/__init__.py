"""Keeps news, chats and what is owed to them. The only place that speaks SQL."""
