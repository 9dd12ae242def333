use std::path::{Path, PathBuf};

use proptest::prelude::*;
use queue::{Route, Settings};

use crate::support::{drain, group, ids, open};

#[derive(Debug, Clone)]
enum Damage {
    /// The file ends here.
    Cut(usize),
    /// These bits are turned over.
    Flip(Vec<(usize, u8)>),
    /// This stretch holds something else.
    Overwrite(usize, Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    let offset = 0..FILE_BYTES;
    prop_oneof![
        offset.clone().prop_map(Damage::Cut),
        prop::collection::vec((offset.clone(), 0u8..8), 1..4).prop_map(Damage::Flip),
        (offset, prop::collection::vec(any::<u8>(), 1..300)).prop_map(|(at, bytes)| Damage::Overwrite(at, bytes)),
    ]
}

const GROUPS: u64 = 12;
/// Bytes of the record of group `number`.
fn record_bytes(number: u64) -> usize {
    36 + 16 + filling(number)
}
fn filling(number: u64) -> usize {
    (number * 37 % 200) as usize
}
const FILE_BYTES: usize = 12 * 52 + 1_042;

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// No panic, no wrong bytes, and each record that the damage did not touch is delivered, before it and behind it.
    #[test]
    fn damage_costs_only_what_it_touches(damage in damage()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let settings = Settings::embedded(folder.path());
            publish_all(&settings).await;
            let segment = only_segment(folder.path());
            let touched = apply(&damage, &segment);
            let (publisher, mut consumer) = open(&settings).await;
            publisher.publish(Route::Events, group(GROUPS, 10)).await.unwrap();
            let delivered = ids(&drain(&mut consumer, group(GROUPS, 0).id).await);
            let untouched = (0..GROUPS).filter(|&number| !touched[number as usize]);
            let expected: Vec<_> = untouched.chain([GROUPS]).map(|number| group(number, 0).id).collect();
            prop_assert_eq!(delivered, expected);
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn damaged_stretch_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::embedded(folder.path());
    publish_all(&settings).await;
    let segment = only_segment(folder.path());
    apply(&Damage::Flip(vec![(record_bytes(0) + 40, 3)]), &segment);
    let bytes = std::fs::read(&segment).unwrap();
    let (_publisher, mut consumer) = open(&settings).await;
    let delivered = drain(&mut consumer, group(GROUPS - 1, 0).id).await;
    assert_eq!(delivered.len(), GROUPS as usize - 1);
    let kept: Vec<PathBuf> = std::fs::read_dir(folder.path().join("damaged"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(
        std::fs::read(&kept[0]).unwrap(),
        bytes[record_bytes(0)..record_bytes(0) + record_bytes(1)]
    );
}

#[tokio::test]
async fn damaged_offset_delivers_everything_again() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::embedded(folder.path());
    {
        let (publisher, mut consumer) = open(&settings).await;
        for number in 0..3 {
            publisher.publish(Route::Events, group(number, 10)).await.unwrap();
        }
        let deliveries = drain(&mut consumer, group(1, 0).id).await;
        consumer.acknowledge(deliveries[1].tag).await.unwrap();
    }
    std::fs::write(folder.path().join("acknowledged"), [7; 5_000]).unwrap();
    let (_publisher, mut consumer) = open(&settings).await;
    assert_eq!(drain(&mut consumer, group(2, 0).id).await.len(), 3);
}

async fn publish_all(settings: &Settings) {
    let publisher = queue::open_publisher(settings).await.unwrap();
    for number in 0..GROUPS {
        publisher
            .publish(Route::Events, group(number, filling(number)))
            .await
            .unwrap();
    }
}

fn only_segment(folder: &Path) -> PathBuf {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut segments = names.filter(|path| path.extension().is_some_and(|extension| extension == "log"));
    let segment = segments.next().unwrap();
    assert!(segments.next().is_none());
    segment
}

/// Damages the file; says for each record whether a byte of it is another than before.
fn apply(damage: &Damage, segment: &Path) -> Vec<bool> {
    let before = std::fs::read(segment).unwrap();
    assert_eq!(before.len(), FILE_BYTES);
    let mut after = before.clone();
    match damage {
        Damage::Cut(at) => after.truncate(*at),
        Damage::Flip(bits) => bits.iter().for_each(|(at, bit)| after[*at] ^= 1 << bit),
        Damage::Overwrite(at, bytes) => after
            .iter_mut()
            .skip(*at)
            .zip(bytes)
            .for_each(|(byte, other)| *byte = *other),
    }
    std::fs::write(segment, &after).unwrap();
    let mut start = 0;
    let records = (0..GROUPS).map(|number| {
        let range = start..start + record_bytes(number);
        start = range.end;
        after.get(range.clone()) != before.get(range)
    });
    records.collect()
}
