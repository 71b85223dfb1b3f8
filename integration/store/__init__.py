"""The database: schema, migrations and every query; nobody else writes SQL over its tables."""
