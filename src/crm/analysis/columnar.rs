//! Rows of a view as a Parquet file, written in groups of rows, of which one at a time is in memory.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use rust_decimal::Decimal;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::store::Column as Described;
use crate::kernel::error::Error;

/// How many bytes of values make a group, with the row that brings it there.
const GROUP: usize = 8 << 20;

/// A file that is being written.
pub struct File {
    writer: SerializedFileWriter<Vec<u8>>,
    columns: Vec<Column>,
    /// The bytes of the values of this group.
    bytes: usize,
}

/// A column: the values of this group, and whether each row has one.
struct Column {
    kind: Kind,
    values: Values,
    present: Vec<i16>,
}

/// How values of a type of PostgreSQL are written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Boolean,
    Int32,
    Int64,
    Text,
    /// Days since 1970.
    Day,
    /// Microseconds since 1970, in UTC.
    Moment,
    /// Whole numbers of the last decimal.
    Decimal {
        precision: u32,
        scale: u32,
    },
}

enum Values {
    Boolean(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Text(Vec<ByteArray>),
}

/// A value of a row.
enum Cell {
    Boolean(bool),
    Int32(i32),
    Int64(i64),
    Text(String),
}

impl File {
    /// A file with these columns.
    pub fn new(described: &[Described]) -> Result<Self, Error> {
        let kinds: Vec<_> = described.iter().map(Kind::of).collect();
        let fields: String =
            described.iter().zip(&kinds).map(|(column, kind)| format!("{};\n", kind.field(&column.name))).collect();
        let schema = parse_message_type(&format!("message bi {{ {fields} }}")).map_err(failed)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            // What describes the groups stays in memory until the end, so it is kept small.
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .build();
        let writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties)).map_err(failed)?;
        Ok(Self { writer, columns: kinds.into_iter().map(Column::new).collect(), bytes: 0 })
    }

    /// Adds a row.
    pub fn push(&mut self, row: &PgRow) -> Result<(), Error> {
        for (index, column) in self.columns.iter_mut().enumerate() {
            let cell = column.kind.cell(row, index)?;
            self.bytes += column.push(cell);
        }
        Ok(())
    }

    /// Whether the group must be written before more rows come.
    pub fn is_full(&self) -> bool {
        self.bytes >= GROUP
    }

    /// Writes the group; returns what the file is longer by.
    pub fn written(&mut self) -> Result<Vec<u8>, Error> {
        self.write().map_err(failed)
    }

    /// Writes the last group and the end of the file.
    pub fn ended(mut self) -> Result<Vec<u8>, Error> {
        let mut part = self.written()?;
        self.writer.finish().map_err(failed)?;
        part.append(self.writer.inner_mut());
        Ok(part)
    }

    fn write(&mut self) -> Result<Vec<u8>, ParquetError> {
        if self.bytes > 0 {
            let mut group = self.writer.next_row_group()?;
            for column in &self.columns {
                match &column.values {
                    Values::Boolean(values) => column.write::<BoolType>(&mut group, values)?,
                    Values::Int32(values) => column.write::<Int32Type>(&mut group, values)?,
                    Values::Int64(values) => column.write::<Int64Type>(&mut group, values)?,
                    Values::Text(values) => column.write::<ByteArrayType>(&mut group, values)?,
                }
            }
            group.close()?;
            self.columns.iter_mut().for_each(Column::clear);
            self.bytes = 0;
        }
        self.writer.flush()?;
        Ok(std::mem::take(self.writer.inner_mut()))
    }
}

impl Column {
    fn new(kind: Kind) -> Self {
        let values = match kind {
            Kind::Boolean => Values::Boolean(Vec::new()),
            Kind::Int32 | Kind::Day => Values::Int32(Vec::new()),
            Kind::Int64 | Kind::Moment | Kind::Decimal { .. } => Values::Int64(Vec::new()),
            Kind::Text => Values::Text(Vec::new()),
        };
        Self { kind, values, present: Vec::new() }
    }

    /// Adds a value, or that there is none; returns how many bytes it has.
    fn push(&mut self, cell: Option<Cell>) -> usize {
        self.present.push(i16::from(cell.is_some()));
        let bytes = match (&mut self.values, cell) {
            (_, None) => 0,
            (Values::Boolean(values), Some(Cell::Boolean(value))) => {
                values.push(value);
                size_of::<bool>()
            }
            (Values::Int32(values), Some(Cell::Int32(value))) => {
                values.push(value);
                size_of::<i32>()
            }
            (Values::Int64(values), Some(Cell::Int64(value))) => {
                values.push(value);
                size_of::<i64>()
            }
            (Values::Text(values), Some(Cell::Text(value))) => {
                let bytes = size_of::<ByteArray>() + value.len();
                values.push(ByteArray::from(value.into_bytes()));
                bytes
            }
            _ => unreachable!("a column has the cells of its kind"),
        };
        size_of::<i16>() + bytes
    }

    fn write<T: DataType>(
        &self,
        group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
        values: &[T::T],
    ) -> Result<(), ParquetError> {
        let mut column = group.next_column()?.expect("the file has a column for each of these");
        column.typed::<T>().write_batch(values, Some(&self.present), None)?;
        column.close()
    }

    fn clear(&mut self) {
        self.present.clear();
        match &mut self.values {
            Values::Boolean(values) => values.clear(),
            Values::Int32(values) => values.clear(),
            Values::Int64(values) => values.clear(),
            Values::Text(values) => values.clear(),
        }
    }
}

impl Kind {
    /// # Panics
    /// If the views have a type that files don't. A test downloads each view.
    fn of(column: &Described) -> Self {
        match column.of_type.as_str() {
            "boolean" => Self::Boolean,
            "integer" => Self::Int32,
            "bigint" => Self::Int64,
            "text" | "uuid" => Self::Text,
            "date" => Self::Day,
            "timestamp with time zone" => Self::Moment,
            // More digits than these do not fit into 64 bits.
            of_type => of_decimal(of_type)
                .filter(|(precision, _)| *precision <= 18)
                .map(|(precision, scale)| Self::Decimal { precision, scale })
                .unwrap_or_else(|| panic!("{} is of type {of_type}, which files don't have", column.name)),
        }
    }

    /// The field in the schema of the file.
    fn field(self, name: &str) -> String {
        match self {
            Self::Boolean => format!("optional boolean {name}"),
            Self::Int32 => format!("optional int32 {name}"),
            Self::Int64 => format!("optional int64 {name}"),
            Self::Text => format!("optional binary {name} (STRING)"),
            Self::Day => format!("optional int32 {name} (DATE)"),
            Self::Moment => format!("optional int64 {name} (TIMESTAMP(MICROS,true))"),
            Self::Decimal { precision, scale } => format!("optional int64 {name} (DECIMAL({precision},{scale}))"),
        }
    }

    /// The value that a row has at a place.
    fn cell(self, row: &PgRow, index: usize) -> sqlx::Result<Option<Cell>> {
        let too_large =
            || sqlx::Error::ColumnDecode { index: index.to_string(), source: "a number is too large".into() };
        Ok(match self {
            Self::Boolean => row.try_get::<Option<bool>, _>(index)?.map(Cell::Boolean),
            Self::Int32 => row.try_get::<Option<i32>, _>(index)?.map(Cell::Int32),
            Self::Int64 => row.try_get::<Option<i64>, _>(index)?.map(Cell::Int64),
            Self::Text => row.try_get::<Option<String>, _>(index)?.map(Cell::Text),
            Self::Day => row
                .try_get::<Option<NaiveDate>, _>(index)?
                .map(|day| {
                    let days = (day - NaiveDate::default()).num_days();
                    i32::try_from(days).map(Cell::Int32).map_err(|_| too_large())
                })
                .transpose()?,
            Self::Moment => {
                row.try_get::<Option<DateTime<Utc>>, _>(index)?.map(|at| Cell::Int64(at.timestamp_micros()))
            }
            Self::Decimal { scale, .. } => row
                .try_get::<Option<Decimal>, _>(index)?
                .map(|mut number| {
                    number.rescale(scale);
                    i64::try_from(number.mantissa()).map(Cell::Int64).map_err(|_| too_large())
                })
                .transpose()?,
        })
    }
}

/// The digits of `numeric(14,2)`, and those behind the point.
fn of_decimal(of_type: &str) -> Option<(u32, u32)> {
    let (precision, scale) = of_type.strip_prefix("numeric(")?.strip_suffix(')')?.split_once(',')?;
    Some((precision.parse().ok()?, scale.parse().ok()?))
}

fn failed(error: ParquetError) -> Error {
    Error::Internal(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file holds in memory: the values, room for more of them, and what is written and not yet taken.
    fn held(file: &File) -> usize {
        let of_column = |column: &Column| {
            let values = match &column.values {
                Values::Boolean(values) => values.capacity() * size_of::<bool>(),
                Values::Int32(values) => values.capacity() * size_of::<i32>(),
                Values::Int64(values) => values.capacity() * size_of::<i64>(),
                Values::Text(values) => {
                    values.capacity() * size_of::<ByteArray>() + values.iter().map(ByteArray::len).sum::<usize>()
                }
            };
            values + column.present.capacity() * size_of::<i16>()
        };
        file.columns.iter().map(of_column).sum::<usize>() + file.writer.inner().capacity()
    }

    fn described() -> [Described; 3] {
        [("position", "bigint"), ("customer_id", "uuid"), ("amount", "numeric(14,2)")]
            .map(|(name, of_type)| Described { name: name.to_owned(), of_type: of_type.to_owned() })
    }

    /// Writes so many rows; returns the most bytes that were held, the parts, and how many groups there are.
    fn write(rows: i64) -> (usize, Vec<usize>, usize) {
        let mut file = File::new(&described()).unwrap();
        let (mut most, mut parts) = (0, Vec::new());
        for row in 0..rows {
            // Such a text can't be compressed away.
            let text = format!("{:016x}{:016x}", row.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64), row * row);
            let cells = [Some(Cell::Int64(row)), Some(Cell::Text(text)), (row % 3 == 0).then_some(Cell::Int64(row))];
            for (column, cell) in file.columns.iter_mut().zip(cells) {
                file.bytes += column.push(cell);
            }
            if file.is_full() {
                most = most.max(held(&file));
                parts.push(file.written().unwrap().len());
                assert!(held(&file) <= most, "a group that is written is held no longer");
            }
        }
        let groups = file.writer.flushed_row_groups().len();
        parts.push(file.ended().unwrap().len());
        (most, parts, groups)
    }

    #[test]
    fn a_file_holds_one_group_however_many_rows_it_has() {
        let (few, _, few_groups) = write(300_000);
        let (many, parts, many_groups) = write(1_500_000);
        assert!(few_groups >= 2 && many_groups >= 5 * few_groups, "{few_groups} and {many_groups} groups");
        assert!(many.abs_diff(few) < 1_000, "the bytes that are held do not grow with the rows: {few}, {many}");
        assert!(many < 3 * GROUP, "{many} bytes");
        assert!(parts.iter().sum::<usize>() > many, "the whole file is larger: {parts:?}");
        let longest = parts.iter().max().unwrap();
        assert!(*longest < 2 * GROUP, "a part has {longest} bytes");
    }

    #[test]
    fn types_are_those_of_postgresql() {
        let kind = |of_type: &str| Kind::of(&Described { name: String::new(), of_type: of_type.to_owned() });
        assert_eq!(kind("numeric(18,4)"), Kind::Decimal { precision: 18, scale: 4 });
        assert_eq!(kind("uuid"), Kind::Text);
        assert_eq!(of_decimal("numeric"), None);
    }
}
