use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub(crate) const CONNECTIONS: usize = 64;

const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
];

/// What browsers with the tracker send, over connections that stay open.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    batch: usize,
}

impl Load {
    pub(crate) fn new(batch: usize) -> Self {
        Self { batch }
    }

    /// Requests answered in that time.
    pub(crate) async fn run(self, address: SocketAddr, time: Duration) -> io::Result<u64> {
        let end = Instant::now() + time;
        let mut clients = JoinSet::new();
        for client in 0..CONNECTIONS {
            clients.spawn(converse(address, self.request(client), end));
        }
        let mut requests = 0;
        while let Some(client) = clients.join_next().await {
            requests += client.map_err(io::Error::other)??;
        }
        Ok(requests)
    }

    fn request(self, client: usize) -> Vec<u8> {
        let events: Vec<String> = (0..self.batch).map(|event| self::event(client, event)).collect();
        let body = format!("[{}]", events.join(","));
        format!(
            "POST /events?source=tracker&sent_at={} HTTP/1.1\r\nhost: shop.example\r\nuser-agent: {}\r\naccept: */*\r\n\
             accept-language: en\r\naccept-encoding: gzip, deflate, br\r\norigin: https://shop.example\r\n\
             referer: https://shop.example/catalog\r\ncontent-type: text/plain;charset=UTF-8\r\ncontent-length: {}\r\n\r\n{body}",
            gateway::now().0,
            AGENTS[client % AGENTS.len()],
            body.len(),
        )
        .into_bytes()
    }
}

fn event(client: usize, event: usize) -> String {
    format!(
        r##"{{"id":"0197a1c0-0000-7000-8{client:03x}-{event:012x}","type":"click","created_at":"{}","session_id":"0197a1c0-1111-7000-8000-{client:012x}","user_id":"{client}","url":"https://shop.example/catalog?category=shoes&utm_source=newsletter","referrer":"https://www.google.com/","payload":{{"event_title":"add_to_cart","element_id":"#add-{event}","x":{},"y":315,"element_x":12,"element_y":7,"viewport_w":1280,"viewport_h":720,"page_w":1280,"page_h":3200,"product_id":"sku-{event}","price":19.99,"currency":"EUR","quantity":1,"colour":"green"}}}}"##,
        gateway::now(),
        440 + event,
    )
}

async fn converse(address: SocketAddr, request: Vec<u8>, end: Instant) -> io::Result<u64> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut answer = Vec::with_capacity(16 * 1024);
    let mut requests = 0;
    while Instant::now() < end {
        stream.write_all(&request).await?;
        answer.clear();
        while !is_whole(&answer)? {
            if stream.read_buf(&mut answer).await? == 0 {
                return Err(io::Error::other("the server closed the connection"));
            }
        }
        requests += 1;
    }
    Ok(requests)
}

/// Only 202 and 204 count as answers.
fn is_whole(answer: &[u8]) -> io::Result<bool> {
    let Some(head) = answer.windows(4).position(|end| end == b"\r\n\r\n") else {
        return Ok(false);
    };
    let text = String::from_utf8_lossy(&answer[..head]);
    if !text.starts_with("HTTP/1.1 20") {
        return Err(io::Error::other(String::from_utf8_lossy(answer).into_owned()));
    }
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(Ok(0), str::parse::<usize>).map_err(io::Error::other)?;
    Ok(answer.len() >= head + 4 + length)
}
