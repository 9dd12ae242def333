use std::collections::{HashMap, HashSet};

use client::{Batch, Client, Progress, Unit};
use event::entity::Stream;
use event::json::Array;
use event::{Money, Source, limits};
use tokio_util::sync::CancellationToken;

use crate::fetch::Fetcher;
use crate::funnel::{self, FunnelEvent, Step};
use crate::shape::{self, Cart, Listed, Product};
use crate::{PullError, Settings, Summary};

/// Fetches products and carts, and sends first the products, then the carts' events. Nothing is sent before all was fetched
/// and understood; after an interruption at any point the next run completes it, and changes nothing else.
pub async fn pull(settings: &Settings, client: &Client, shutdown: CancellationToken) -> Result<Summary, PullError> {
    let mut fetcher = Fetcher::new(settings, shutdown)?;
    let (products_url, products) = fetcher.get("products").await?;
    let (carts_url, carts) = fetcher.get("carts").await?;
    let listed = shape::products(&products).map_err(|source| PullError::Shape {
        url: products_url,
        source,
    })?;
    let carts = shape::carts(&carts).map_err(|source| PullError::Shape { url: carts_url, source })?;
    tracing::info!(
        products = listed.len(),
        carts = carts.len(),
        api = settings.api,
        "fetched"
    );

    let mut summary = Summary::fetched(carts.len(), fetcher.retries);
    send_products(settings, client, &listed, &mut summary).await?;
    let products = listed.into_iter().map(|one| (one.product.id, one.product)).collect();
    let events = events(settings, &carts, &products, &mut summary);
    send_events(settings, client, &events, &mut summary).await?;
    Ok(summary)
}

fn events<'p>(
    settings: &Settings,
    carts: &[Cart],
    products: &'p HashMap<u64, Product>,
    summary: &mut Summary,
) -> Vec<FunnelEvent<'p>> {
    let events = carts
        .iter()
        .flat_map(|cart| funnel::events(&settings.site, cart, products, &mut summary.skipped));
    let events = events.collect::<Vec<_>>();
    let purchases = || events.iter().filter(|event| event.step == Step::Purchase);
    summary.orders = purchases().map(|event| event.cart).collect::<HashSet<_>>().len();
    summary.revenue = Money(purchases().map(|event| event.revenue().0).sum());
    events
}

async fn send_products(
    settings: &Settings,
    client: &Client,
    listed: &[Listed<'_>],
    summary: &mut Summary,
) -> Result<(), PullError> {
    let progress = Progress::new("products", Unit::Count, Some(listed.len() as u64));
    for (body, count) in requests(listed.iter().map(|one| one.text), limits::EVENTS) {
        let sent = client
            .send_entities(&settings.site, Stream::Products, count, body)
            .await;
        let sent = sent.map_err(|source| PullError::Send {
            what: "products",
            source,
        })?;
        progress.add(count as u64);
        summary.products += sent.accepted;
        summary.gateway_retries += sent.retries;
        summary.rejected_products.extend(sent.rejected);
    }
    progress.finish();
    Ok(())
}

async fn send_events(
    settings: &Settings,
    client: &Client,
    events: &[FunnelEvent<'_>],
    summary: &mut Summary,
) -> Result<(), PullError> {
    let progress = Progress::new("events", Unit::Count, Some(events.len() as u64));
    let texts = events.iter().map(FunnelEvent::json).collect::<Vec<_>>();
    for (body, count) in requests(texts.iter().map(String::as_str), settings.batch) {
        let batch = Batch {
            site: &settings.site,
            // Their steps and times are made, and no browser stands behind the request.
            source: Source::Generator,
            events: count,
            body: body.into(),
            sent_at: None,
        };
        let sent = client.send_events(batch).await;
        let sent = sent.map_err(|source| PullError::Send { what: "events", source })?;
        progress.add(count as u64);
        summary.events += sent.accepted;
        summary.gateway_retries += sent.retries;
        summary.rejected_events.extend(sent.rejected);
    }
    progress.finish();
    Ok(())
}

/// JSON arrays of at most so many elements and as many bytes as a request takes, and how many each has.
fn requests<'t>(texts: impl Iterator<Item = &'t str>, most: usize) -> Vec<(String, usize)> {
    let mut requests = Vec::new();
    let mut waiting: Vec<&str> = Vec::new();
    let mut bytes = 1;
    for text in texts {
        let full = waiting.len() == most || bytes + text.len() + 1 > limits::BODY_BYTES;
        if full && !waiting.is_empty() {
            requests.push(request(&waiting));
            waiting.clear();
            bytes = 1;
        }
        bytes += text.len() + 1;
        waiting.push(text);
    }
    if !waiting.is_empty() {
        requests.push(request(&waiting));
    }
    requests
}

fn request(texts: &[&str]) -> (String, usize) {
    let mut body = String::new();
    let mut array = Array::new(&mut body);
    for text in texts {
        array.raw(text);
    }
    drop(array);
    (body, texts.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_stay_within_their_limits() {
        let large = format!("\"{}\"", "x".repeat(limits::BODY_BYTES / 2 - 2));
        let texts = ["1", "2", "3", &large, &large, "4"];
        let counts = |most| {
            requests(texts.into_iter(), most)
                .iter()
                .map(|(_, count)| *count)
                .collect::<Vec<_>>()
        };
        assert_eq!(counts(2), [2, 2, 2]);
        assert_eq!(counts(100), [4, 2]);
        assert!(
            requests(texts.into_iter(), 100)
                .iter()
                .all(|(body, _)| body.len() <= limits::BODY_BYTES)
        );
        assert_eq!(requests(texts.into_iter().take(3), 100)[0].0, "[1,2,3]");
        assert!(requests([].into_iter(), 1).is_empty());
    }
}
