use bytes::Bytes;
use parquet::basic::Type as Physical;
use parquet::data_type::{ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedColumnWriter;
use parquet::schema::types::Type;
use uuid::Uuid;

const ID_BYTES: usize = 16;

/// The values of one column in the group at hand.
#[derive(Debug)]
pub(super) enum Column {
    /// Sixteen bytes each.
    Id(Vec<u8>),
    /// One text behind the other, and where each ends.
    Text {
        text: String,
        ends: Vec<usize>,
    },
    Long(Values<i64>),
    Int(Values<i32>),
}

#[derive(Debug)]
pub(super) struct Values<T> {
    /// Those that are not null.
    values: Vec<T>,
    /// 1 for a value, 0 for null; `None` for a column that has no nulls.
    levels: Option<Vec<i16>>,
}

impl Column {
    pub(super) fn of(field: &Type) -> Self {
        match field.get_physical_type() {
            Physical::FIXED_LEN_BYTE_ARRAY => Self::Id(Vec::new()),
            Physical::INT64 => Self::Long(Values::of(field)),
            Physical::INT32 => Self::Int(Values::of(field)),
            _ => Self::Text {
                text: String::new(),
                ends: Vec::new(),
            },
        }
    }

    pub(super) fn push_id(&mut self, id: Uuid) {
        match self {
            Self::Id(ids) => ids.extend_from_slice(id.as_bytes()),
            other => other.mismatch(),
        }
    }

    pub(super) fn push_text(&mut self, write: impl FnOnce(&mut String)) {
        match self {
            Self::Text { text, ends } => {
                write(text);
                ends.push(text.len());
            }
            other => other.mismatch(),
        }
    }

    pub(super) fn push_long(&mut self, value: Option<i64>) {
        match self {
            Self::Long(values) => values.push(value),
            other => other.mismatch(),
        }
    }

    pub(super) fn push_int(&mut self, value: Option<i32>) {
        match self {
            Self::Int(values) => values.push(value),
            other => other.mismatch(),
        }
    }

    /// Rows are filled in the order of the schema, whatever the event: the first row ever written would end here.
    fn mismatch(&self) -> ! {
        unreachable!("the schema has another type: {self:?}")
    }

    /// Writes the values and forgets them.
    pub(super) fn write(&mut self, writer: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match self {
            Self::Id(ids) => {
                let all = Bytes::from(std::mem::take(ids));
                let ids = (0..all.len() / ID_BYTES)
                    .map(|place| ByteArray::from(all.slice(place * ID_BYTES..(place + 1) * ID_BYTES)));
                let ids = ids.map(FixedLenByteArray::from).collect::<Vec<_>>();
                writer.typed::<FixedLenByteArrayType>().write_batch(&ids, None, None)?;
            }
            Self::Text { text, ends } => {
                let all = Bytes::from(std::mem::take(text));
                let starts = std::iter::once(0).chain(ends.iter().copied());
                let texts = starts.zip(&*ends).map(|(start, end)| all.slice(start..*end).into());
                let texts = texts.collect::<Vec<ByteArray>>();
                writer.typed::<ByteArrayType>().write_batch(&texts, None, None)?;
                ends.clear();
            }
            Self::Long(longs) => {
                let levels = longs.levels.as_deref();
                writer.typed::<Int64Type>().write_batch(&longs.values, levels, None)?;
                longs.clear();
            }
            Self::Int(ints) => {
                let levels = ints.levels.as_deref();
                writer.typed::<Int32Type>().write_batch(&ints.values, levels, None)?;
                ints.clear();
            }
        }
        Ok(())
    }
}

impl<T> Values<T> {
    fn of(field: &Type) -> Self {
        Self {
            values: Vec::new(),
            levels: field.is_optional().then(Vec::new),
        }
    }

    fn push(&mut self, value: Option<T>) {
        if let Some(levels) = &mut self.levels {
            levels.push(i16::from(value.is_some()));
        }
        self.values.extend(value);
    }

    fn clear(&mut self) {
        self.values.clear();
        if let Some(levels) = &mut self.levels {
            levels.clear();
        }
    }
}
