"""Zendesk Support: its REST API in, our records out, our changes back."""
