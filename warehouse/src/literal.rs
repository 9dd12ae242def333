/// A text as a query of ClickHouse has it (<https://clickhouse.com/docs/sql-reference/syntax#string>): `'it\'s'`.
pub fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
