"""Prints what Superset's own database holds of databases, datasets, charts and dashboards, without the times of changes."""
import sqlite3
import sys

OF = {
    "dbs": "id, uuid, database_name, sqlalchemy_uri",
    "tables": "id, uuid, table_name, sql, database_id",
    "table_columns": "table_id, column_name, type, is_dttm",
    "slices": "id, uuid, slice_name, viz_type, params, datasource_id",
    "dashboards": "id, uuid, dashboard_title, slug, position_json, json_metadata",
    "dashboard_slices": "dashboard_id, slice_id",
}

connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
for table, columns in OF.items():
    rows = connection.execute(f"SELECT {columns} FROM {table}").fetchall()
    for row in sorted(map(repr, rows)):
        print(table, row)
