"""Rendering: values and a translator in, messages without any platform in them out."""
