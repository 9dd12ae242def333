/// Declares a row and its columns from one list of fields, so that name, order and type have one place.
macro_rules! row {
    (
        $(#[$row_doc:meta])* $row:ident<$borrow:lifetime>,
        $(#[$columns_doc:meta])* $columns:ident as $module:ident,
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
    ) => {
        $(#[$row_doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $row<$borrow> {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl<$borrow> $row<$borrow> {
            /// Name and ClickHouse type of each column, in the order of the table.
            pub const COLUMNS: &'static [(&'static str, &'static str)] = &[
                $(($crate::column::plain_name(stringify!($field)), <$type as $crate::column::Value>::TYPE),)*
            ];
        }

        $(#[$columns_doc])*
        #[derive(Default)]
        pub struct $columns {
            rows: usize,
            columns: $module::Columns<'static>,
        }

        mod $module {
            use super::*;

            #[derive(Default)]
            pub(super) struct Columns<$borrow> {
                $(pub(super) $field: <$type as $crate::column::Value>::Column,)*
            }
        }

        impl $columns {
            pub fn push(&mut self, row: &$row<'_>) {
                use $crate::column::Column;
                self.rows += 1;
                $(self.columns.$field.push(&row.$field);)*
            }

            /// Rows pushed so far.
            pub fn rows(&self) -> usize {
                self.rows
            }

            /// Bytes they take, before compression.
            pub fn bytes(&self) -> usize {
                use $crate::column::Encode;
                0 $(+ self.columns.$field.bytes())*
            }

            /// One block, ready to be sent any number of times. The columns are empty then, and keep their memory.
            pub fn finish(&mut self) -> $crate::Block {
                use $crate::column::Encode;
                let bytes = self.bytes();
                let mut native = $crate::frames::Frames::default();
                native.length($row::COLUMNS.len());
                native.length(self.rows);
                let mut columns = $row::COLUMNS.iter();
                $(
                    let (name, type_name) = columns.next().expect("one entry per field");
                    native.text(name);
                    native.text(type_name);
                    self.columns.$field.write(&mut native);
                )*
                let block = $crate::Block::new(self.rows, bytes, native.finish());
                self.clear();
                block
            }

            /// Forgets the rows, and keeps the memory.
            pub fn clear(&mut self) {
                use $crate::column::Encode;
                self.rows = 0;
                $(self.columns.$field.clear();)*
            }
        }
    };
}
pub(crate) use row;

/// A field's name without the mark of a raw identifier.
pub(crate) const fn plain_name(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
}
