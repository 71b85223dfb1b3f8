"""Tests of the sandbox help desk."""
