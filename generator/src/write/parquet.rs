//! Events as typed columns (<https://parquet.apache.org/docs/file-format/>), the columns of [`super::csv`] in their order.
//!
//! Texts are never null; numbers and amounts are where there is none. Pages are compressed with LZ4.

mod column;
mod row;

use std::io::{Error, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::json;
use crate::occurrence::Occurrence;
use column::Column;
use row::Row;

/// Rows that are held in memory, some 30 MB.
const GROUP_ROWS: usize = 65_536;

const SCHEMA: &str = "message event {
    required fixed_len_byte_array(16) id (UUID);
    required binary type (STRING);
    required int64 created_at (TIMESTAMP(MILLIS,true));
    required binary session_id (STRING);
    required binary user_id (STRING);
    required binary url (STRING);
    required binary referrer (STRING);
    required binary user_agent (STRING);
    required binary ip (STRING);
    required binary event_title (STRING);
    required binary element_id (STRING);
    optional int32 x (INTEGER(32,true));
    optional int32 y (INTEGER(32,true));
    optional int32 element_x (INTEGER(32,true));
    optional int32 element_y (INTEGER(32,true));
    optional int32 viewport_w (INTEGER(32,false));
    optional int32 viewport_h (INTEGER(32,false));
    optional int32 page_w (INTEGER(32,false));
    optional int32 page_h (INTEGER(32,false));
    required binary product_id (STRING);
    required binary category (STRING);
    optional int64 price (DECIMAL(18,4));
    required binary currency (STRING);
    optional int32 quantity (INTEGER(32,false));
    required binary order_id (STRING);
    required binary status (STRING);
    required binary error_code (STRING);
    optional int32 latency_ms (INTEGER(32,false));
    required binary payload (STRING);
}";

/// Writes rows into groups; the file can be read after [`Writer::finish`].
pub struct Writer<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Column>,
    rows: usize,
    json: json::Writer,
}

impl<W: Write + Send> Writer<W> {
    pub fn new(output: W) -> std::io::Result<Self> {
        let schema = parse_message_type(SCHEMA).map_err(failed)?;
        let columns = schema.get_fields().iter().map(|field| Column::of(field)).collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::LZ4_RAW)
            .set_created_by("clickpath".to_owned())
            .build();
        let file = SerializedFileWriter::new(output, Arc::new(schema), Arc::new(properties)).map_err(failed)?;
        Ok(Self {
            file,
            columns,
            rows: 0,
            json: json::Writer::default(),
        })
    }

    pub fn row(&mut self, occurrence: &Occurrence) -> std::io::Result<()> {
        Row(self.columns.iter_mut()).fill(occurrence, &mut self.json);
        self.rows += 1;
        if self.rows < GROUP_ROWS {
            return Ok(());
        }
        self.group().map_err(failed)
    }

    /// Writes what is left, and the end of the file without which it cannot be read.
    pub fn finish(mut self) -> std::io::Result<W> {
        if self.rows > 0 {
            self.group().map_err(failed)?;
        }
        self.file.into_inner().map_err(failed)
    }

    fn group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        for column in &mut self.columns {
            let mut writer = group
                .next_column()?
                .ok_or_else(|| ParquetError::General("a column too many".to_owned()))?;
            column.write(&mut writer)?;
            writer.close()?;
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

fn failed(error: ParquetError) -> Error {
    match error {
        ParquetError::External(cause) => match cause.downcast() {
            Ok(error) => *error,
            Err(cause) => Error::other(cause),
        },
        other => Error::other(other),
    }
}
