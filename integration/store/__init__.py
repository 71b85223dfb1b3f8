"""The database: schema, migrations and every query. Nothing outside this folder writes SQL over its tables."""
