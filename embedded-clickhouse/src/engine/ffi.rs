//! The C interface of libchdb, and the safe types on top of it. The only unsafe code of the workspace.
//!
//! What keeps it sound: the library is never unloaded, a [`Connection`] is used by one thread at a time (`Send`, not
//! `Sync`, every statement borrows it mutably), a stream borrows its connection, and every pointer is freed once, by
//! its owner's `Drop`.
#![expect(unsafe_code, reason = "libchdb is a C library; this file is its whole binding")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::marker::PhantomData;
use std::path::Path;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::OnceLock;

/// A failed statement, in the engine's words: `Code: 60. DB::Exception: … (UNKNOWN_TABLE)`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Exception(pub(crate) String);

/// `(name, value)` of the query parameters `{name:Type}`.
pub(crate) type Parameters = [(String, String)];

type RawConnection = *mut c_void;
type RawResult = *mut c_void;
type RawInsert = *mut c_void;

type StatementFn = unsafe extern "C" fn(
    RawConnection,
    *const c_char,
    usize,
    *const c_char,
    usize,
    *const *const c_char,
    *const usize,
    *const *const c_char,
    *const usize,
    usize,
) -> *mut c_void;

macro_rules! symbols {
    ($($field:ident: $name:literal: $type:ty;)*) => {
        /// The functions used, resolved once.
        pub(crate) struct Library { $($field: $type,)* }

        impl Library {
            fn resolve(library: &libloading::Library) -> Result<Self, libloading::Error> {
                Ok(Self {
                    $(
                        // SAFETY: the type is the one declared in chdb.h of the pinned version for this symbol.
                        $field: unsafe { *library.get::<$type>(concat!($name, "\0").as_bytes())? },
                    )*
                })
            }
        }
    };
}

symbols! {
    version: "chdb_version": unsafe extern "C" fn() -> *const c_char;
    set_signal_handlers: "chdb_set_signal_handlers_enabled": unsafe extern "C" fn(c_int);
    connect: "chdb_connect": unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut RawConnection;
    close: "chdb_close_conn": unsafe extern "C" fn(*mut RawConnection);
    query: "chdb_query_with_params_n": StatementFn;
    stream_query: "chdb_stream_query_with_params_n": StatementFn;
    stream_fetch: "chdb_stream_fetch_result": unsafe extern "C" fn(RawConnection, RawResult) -> RawResult;
    stream_cancel: "chdb_stream_cancel_query": unsafe extern "C" fn(RawConnection, RawResult);
    destroy_result: "chdb_destroy_query_result": unsafe extern "C" fn(RawResult);
    insert: "chdb_stream_insert_with_params_n": StatementFn;
    insert_append: "chdb_stream_append": unsafe extern "C" fn(RawInsert, *const c_void, usize) -> c_int;
    insert_done: "chdb_stream_done": unsafe extern "C" fn(RawInsert) -> RawResult;
    insert_cancel: "chdb_stream_cancel_insert": unsafe extern "C" fn(RawInsert);
    insert_error: "chdb_stream_insert_error": unsafe extern "C" fn(RawInsert) -> *const c_char;
    destroy_insert: "chdb_destroy_insert_stream": unsafe extern "C" fn(RawInsert);
    result_buffer: "chdb_result_buffer": unsafe extern "C" fn(RawResult) -> *const c_char;
    result_length: "chdb_result_length": unsafe extern "C" fn(RawResult) -> usize;
    result_error: "chdb_result_error": unsafe extern "C" fn(RawResult) -> *const c_char;
    result_rows: "chdb_result_rows_read": unsafe extern "C" fn(RawResult) -> u64;
    result_storage_rows: "chdb_result_storage_rows_read": unsafe extern "C" fn(RawResult) -> u64;
    result_storage_bytes: "chdb_result_storage_bytes_read": unsafe extern "C" fn(RawResult) -> u64;
    result_rows_written: "chdb_result_rows_written": unsafe extern "C" fn(RawResult) -> u64;
    result_bytes_written: "chdb_result_bytes_written": unsafe extern "C" fn(RawResult) -> u64;
    classify: "chdb_classify_query_n":
        unsafe extern "C" fn(RawConnection, *const c_char, usize, *const c_char, usize, *mut Analysis) -> c_int;
}

/// `chdb_query_analysis_v1`.
#[repr(C)]
#[derive(Default)]
struct Analysis {
    struct_size: u32,
    statement_count: u32,
    flags: u32,
    query_class: u32,
}

/// What a text would do, by the engine's own parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Classified {
    pub(crate) statements: u32,
    pub(crate) class: Class,
}

/// `chdb_query_class`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// No data, table, setting or session is changed.
    Reads,
    Changes,
    /// The parser does not understand it.
    Unknown,
}

static LIBRARY: OnceLock<Library> = OnceLock::new();

impl Library {
    /// Loads the library, for the life of the process: its background threads would outlive an unload.
    pub(crate) fn load(path: &Path) -> Result<&'static Self, libloading::Error> {
        if let Some(library) = LIBRARY.get() {
            return Ok(library);
        }
        // SAFETY: the initialisers of libchdb have no precondition, and the handle is leaked below.
        let library = unsafe { libloading::Library::new(path)? };
        let symbols = Self::resolve(&library)?;
        std::mem::forget(library);
        let symbols = LIBRARY.get_or_init(|| symbols);
        // SAFETY: takes a flag only. Signals stay with the program that embeds the engine.
        unsafe { (symbols.set_signal_handlers)(0) };
        Ok(symbols)
    }

    /// The version of the engine's package, `26.7.3`.
    pub(crate) fn version(&self) -> String {
        // SAFETY: returns a static C string or null.
        unsafe { text((self.version)()) }.unwrap_or_default()
    }

    /// Opens a connection; the first of the process boots the engine with `arguments`. None: it refused, and said why
    /// on the standard error.
    pub(crate) fn connect(&'static self, arguments: &[CString]) -> Option<Connection> {
        let mut argv: Vec<*mut c_char> = arguments.iter().map(|argument| argument.as_ptr().cast_mut()).collect();
        let argc = c_int::try_from(argv.len()).ok()?;
        // SAFETY: argv holds argc C strings that live over the call, which copies them and writes none.
        let handle = NonNull::new(unsafe { (self.connect)(argc, argv.as_mut_ptr()) })?;
        Some(Connection {
            library: self,
            handle,
            _not_sync: PhantomData,
        })
    }
}

/// One connection: its own settings, current database and temporary tables.
pub(crate) struct Connection {
    library: &'static Library,
    handle: NonNull<RawConnection>,
    _not_sync: PhantomData<*mut ()>,
}

// SAFETY: libchdb ties no connection to a thread, and `&mut self` on every call keeps it to one thread at a time.
unsafe impl Send for Connection {}

impl Connection {
    /// Runs a statement and holds its whole result.
    pub(crate) fn query(&mut self, sql: &str, format: &str, parameters: &Parameters) -> Result<Block, Exception> {
        let result = self.call(self.library.query, sql, format, parameters);
        Block::new(self.library, result)
    }

    /// Starts a statement whose result is read block by block.
    pub(crate) fn stream(
        &mut self,
        sql: &str,
        format: &str,
        parameters: &Parameters,
    ) -> Result<ResultStream<'_>, Exception> {
        let result = self.call(self.library.stream_query, sql, format, parameters);
        Ok(ResultStream {
            head: Block::new(self.library, result)?,
            connection: self,
            finished: false,
        })
    }

    /// Starts an `INSERT INTO t (…)` (no `FORMAT`, no `VALUES`) whose rows follow in `format`.
    pub(crate) fn insert(
        &mut self,
        sql: &str,
        format: &str,
        parameters: &Parameters,
    ) -> Result<InsertStream<'_>, Exception> {
        let handle = self.call(self.library.insert, sql, format, parameters);
        let handle = NonNull::new(handle).ok_or_else(|| Exception("the engine gave no insert stream".to_owned()))?;
        let stream = InsertStream {
            library: self.library,
            handle,
            finished: false,
            _connection: PhantomData,
        };
        match stream.error() {
            Some(exception) => Err(exception),
            None => Ok(stream),
        }
    }

    /// What `sql` would do. None: the engine cannot say.
    pub(crate) fn classify(&mut self, sql: &str) -> Option<Classified> {
        let mut analysis = Analysis {
            struct_size: size_of::<Analysis>() as u32,
            ..Analysis::default()
        };
        // SAFETY: the handle is open; the strings are given with their lengths; the struct is the version its size says.
        let state = unsafe {
            (self.library.classify)(
                self.raw(),
                sql.as_ptr().cast(),
                sql.len(),
                c"".as_ptr(),
                0,
                &raw mut analysis,
            )
        };
        let class = match analysis.query_class {
            0 => Class::Reads,
            1..=3 => Class::Changes,
            _ => Class::Unknown,
        };
        (state == 0).then_some(Classified {
            statements: analysis.statement_count,
            class,
        })
    }

    fn raw(&self) -> RawConnection {
        // SAFETY: the handle points to the connection until `close`, which only `Drop` calls.
        unsafe { *self.handle.as_ptr() }
    }

    fn call(&self, function: StatementFn, sql: &str, format: &str, parameters: &Parameters) -> *mut c_void {
        let names: Vec<*const c_char> = parameters.iter().map(|(name, _)| name.as_ptr().cast()).collect();
        let name_lengths: Vec<usize> = parameters.iter().map(|(name, _)| name.len()).collect();
        let values: Vec<*const c_char> = parameters.iter().map(|(_, value)| value.as_ptr().cast()).collect();
        let value_lengths: Vec<usize> = parameters.iter().map(|(_, value)| value.len()).collect();
        // SAFETY: the handle is open; every string is given with its length and lives over the call, which copies it.
        unsafe {
            function(
                self.raw(),
                sql.as_ptr().cast(),
                sql.len(),
                format.as_ptr().cast(),
                format.len(),
                names.as_ptr(),
                name_lengths.as_ptr(),
                values.as_ptr(),
                value_lengths.as_ptr(),
                parameters.len(),
            )
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: open until here, and no stream borrows it any more.
        unsafe { (self.library.close)(self.handle.as_ptr()) };
    }
}

/// Bytes of a result with the counters of the work behind them.
pub(crate) struct Block {
    library: &'static Library,
    result: NonNull<c_void>,
}

impl Block {
    fn new(library: &'static Library, result: RawResult) -> Result<Self, Exception> {
        let result = NonNull::new(result).ok_or_else(|| Exception("the engine gave no result".to_owned()))?;
        let block = Self { library, result };
        // SAFETY: the result is alive; the text is null or a C string it owns.
        match unsafe { text((library.result_error)(block.result.as_ptr())) } {
            Some(error) => Err(Exception(error)),
            None => Ok(block),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the result is alive.
        let (buffer, length) = unsafe {
            (
                (self.library.result_buffer)(self.result.as_ptr()),
                (self.library.result_length)(self.result.as_ptr()),
            )
        };
        if buffer.is_null() || length == 0 {
            return &[];
        }
        // SAFETY: the result owns `length` bytes at `buffer` and does not change them until it is destroyed.
        unsafe { slice::from_raw_parts(buffer.cast(), length) }
    }

    pub(crate) fn counters(&self) -> Counters {
        let (library, result) = (self.library, self.result.as_ptr());
        // SAFETY: the result is alive; the functions read one number each.
        unsafe {
            Counters {
                result_rows: (library.result_rows)(result),
                read_rows: (library.result_storage_rows)(result),
                read_bytes: (library.result_storage_bytes)(result),
                written_rows: (library.result_rows_written)(result),
                written_bytes: (library.result_bytes_written)(result),
            }
        }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: destroyed once, here.
        unsafe { (self.library.destroy_result)(self.result.as_ptr()) };
    }
}

/// Rows and bytes of a statement's work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) result_rows: u64,
    pub(crate) read_rows: u64,
    pub(crate) read_bytes: u64,
    pub(crate) written_rows: u64,
    pub(crate) written_bytes: u64,
}

/// The blocks of a running query. Dropped early, it cancels the query.
pub(crate) struct ResultStream<'connection> {
    head: Block,
    connection: &'connection mut Connection,
    finished: bool,
}

impl ResultStream<'_> {
    /// The next block; None at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Block>, Exception> {
        if self.finished {
            return Ok(None);
        }
        let library = self.connection.library;
        // SAFETY: the connection is open and the head is the stream it started.
        let result = unsafe { (library.stream_fetch)(self.connection.raw(), self.head.result.as_ptr()) };
        let block = Block::new(library, result).inspect_err(|_| self.finished = true)?;
        if block.bytes().is_empty() {
            self.finished = true;
            return Ok(None);
        }
        Ok(Some(block))
    }
}

impl Drop for ResultStream<'_> {
    fn drop(&mut self) {
        if !self.finished {
            // SAFETY: the stream is still running on its open connection.
            unsafe {
                (self.connection.library.stream_cancel)(self.connection.raw(), self.head.result.as_ptr());
            }
        }
    }
}

/// A running insert. Dropped before [`finish`](Self::finish), it writes nothing more.
pub(crate) struct InsertStream<'connection> {
    library: &'static Library,
    handle: NonNull<c_void>,
    finished: bool,
    _connection: PhantomData<&'connection mut Connection>,
}

impl InsertStream<'_> {
    /// Hands over the next bytes of the rows; they may end anywhere.
    pub(crate) fn append(&mut self, data: &[u8]) -> Result<(), Exception> {
        // SAFETY: the stream is open; the bytes are copied or parsed during the call.
        let state = unsafe { (self.library.insert_append)(self.handle.as_ptr(), data.as_ptr().cast(), data.len()) };
        if state == 0 {
            return Ok(());
        }
        Err(self
            .error()
            .unwrap_or_else(|| Exception("the engine refused the rows".to_owned())))
    }

    /// Ends the rows and waits until they are stored.
    pub(crate) fn finish(mut self) -> Result<Counters, Exception> {
        self.finished = true;
        // SAFETY: the stream is open and ends here; its handle is destroyed by `Drop`.
        let result = unsafe { (self.library.insert_done)(self.handle.as_ptr()) };
        Ok(Block::new(self.library, result)?.counters())
    }

    fn error(&self) -> Option<Exception> {
        // SAFETY: the stream is open; the text is null or a C string it owns.
        unsafe { text((self.library.insert_error)(self.handle.as_ptr())) }.map(Exception)
    }
}

impl Drop for InsertStream<'_> {
    fn drop(&mut self) {
        // SAFETY: the stream is open; destroyed once, here.
        unsafe {
            if !self.finished {
                (self.library.insert_cancel)(self.handle.as_ptr());
            }
            (self.library.destroy_insert)(self.handle.as_ptr());
        }
    }
}

/// The text at `pointer`; None when it is null or empty.
///
/// # Safety
/// Null, or a C string that lives over the call.
unsafe fn text(pointer: *const c_char) -> Option<String> {
    if ptr::eq(pointer, ptr::null()) {
        return None;
    }
    // SAFETY: not null, and a C string by this function's contract.
    let text = unsafe { CStr::from_ptr(pointer) }.to_string_lossy();
    (!text.is_empty()).then(|| text.into_owned())
}
