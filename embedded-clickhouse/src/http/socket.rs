//! Connections that say when what was written has left: an answer that fails midway is cut only after its exception's
//! text is on its way.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

/// How long a cut waits for a client that does not read.
const PATIENCE: Duration = Duration::from_secs(30);

/// Counts a connection's flushes: the moments at which nothing waited to be written.
#[derive(Debug, Clone)]
pub(crate) struct Flushes(watch::Receiver<()>);

impl Flushes {
    /// Waits until all that was handed over is written, the connection is gone, or patience ends.
    pub(crate) async fn next(&mut self) {
        self.0.mark_unchanged();
        // Each outcome means the same to a cut: nothing more can be done for the text.
        drop(timeout(PATIENCE, self.0.changed()).await);
    }
}

pub(crate) struct FlushListener(pub(crate) TcpListener);

pub(crate) struct FlushStream {
    inner: TcpStream,
    flushed: watch::Sender<()>,
}

impl Listener for FlushListener {
    type Io = FlushStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (FlushStream, SocketAddr) {
        let (inner, address) = Listener::accept(&mut self.0).await;
        if let Err(error) = inner.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps Nagle's delay");
        }
        (
            FlushStream {
                inner,
                flushed: watch::Sender::new(()),
            },
            address,
        )
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, FlushListener>> for Flushes {
    fn connect_info(stream: IncomingStream<'_, FlushListener>) -> Self {
        Self(stream.io().flushed.subscribe())
    }
}

impl AsyncRead for FlushStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl AsyncWrite for FlushStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        if let Poll::Ready(Ok(())) = flushed {
            self.flushed.send_replace(());
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, data)
    }
}
