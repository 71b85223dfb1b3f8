"""Remembering, joining, acting and showing: the only room that knows both connectors and policies."""
